// What a script adds to pages that work without one: totals that follow a
// choice, quantities that need no button, and one order for two taps.

let asking = new AbortController()

/** Shows what the server says of a form now, without leaving the page. */
async function refresh(form, changed) {
  asking.abort()
  const mine = asking = new AbortController()
  form.setAttribute('aria-busy', 'true')
  const body = new URLSearchParams(new FormData(form))
  body.set('intent', 'refresh')
  for (const field of form.querySelectorAll('[data-quiet]')) body.delete(field.name) // a code half typed is none yet
  try {
    const answer = await fetch(form.action, { method: 'POST', body, signal: mine.signal })
    if (answer.redirected) return location.assign(answer.url)
    if (!answer.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const focus = document.activeElement?.id
    for (const part of form.querySelectorAll('[data-part]')) {
      const only = part.dataset.part // the field whose change alters this part
      const fresh = page.getElementById(part.id)
      if (!fresh || only && changed.name !== only || part.querySelector('[data-quiet]:focus')) continue
      const sum = part.querySelector('.sum-total')?.textContent
      if (sum && sum !== fresh.querySelector('.sum-total')?.textContent) fresh.classList.add('moved')
      part.replaceWith(fresh)
    }
    if (focus) document.getElementById(focus)?.focus()
  } catch (e) {
    if (e.name !== 'AbortError') throw e
  } finally {
    if (mine === asking) form.removeAttribute('aria-busy')
  }
}

/** Shows the products that fit a choice of filters, and leads back with the browser's button. */
async function shelve(address) {
  asking.abort()
  const mine = asking = new AbortController()
  const shelf = document.getElementById('shelf')
  shelf?.setAttribute('aria-busy', 'true')
  try {
    const answer = await fetch(address, { signal: mine.signal })
    if (!answer.ok) return location.assign(address)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const focus = document.activeElement?.id
    const open = document.querySelector('.filter-all')?.open
    document.getElementById('content').replaceChildren(...page.getElementById('content').childNodes)
    if (open) document.querySelector('.filter-all')?.setAttribute('open', '')
    if (focus) document.getElementById(focus)?.focus()
    history.replaceState(null, '', address)
  } catch (e) {
    if (e.name !== 'AbortError') throw e
  } finally {
    if (mine === asking) shelf?.removeAttribute('aria-busy')
  }
}

/** Shows another address's parts of this page in their places. */
async function exchange(address) {
  asking.abort()
  const mine = asking = new AbortController()
  try {
    const answer = await fetch(address, { signal: mine.signal })
    if (!answer.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    for (const part of document.querySelectorAll('main [data-part]')) {
      const fresh = page.getElementById(part.id)
      if (fresh) part.replaceWith(fresh)
    }
    history.replaceState(null, '', address)
  } catch (e) {
    if (e.name !== 'AbortError') throw e
  }
}

/** Brings a picture of the gallery into view, without moving the page. */
function present(picture) {
  const strip = picture?.parentElement
  if (strip) strip.scrollTo({ left: picture.offsetLeft - strip.offsetLeft })
}

/** Shows a picture as large as the screen; a tap comes closer. */
function enlarge(link) {
  const box = document.createElement('dialog')
  const near = document.createElement('div')
  const picture = new Image()
  const close = document.createElement('button')
  box.className = 'zoom'
  near.className = 'zoom-in'
  picture.src = link.href
  picture.alt = link.querySelector('img').alt
  picture.onclick = () => near.classList.toggle('near')
  close.className = 'button'
  close.textContent = '×'
  close.ariaLabel = link.closest('[data-gallery]').dataset.close
  close.onclick = () => box.close()
  box.onclose = () => { box.remove(); link.focus() }
  near.append(picture)
  box.append(near, close)
  box.ariaLabel = picture.alt
  box.tabIndex = -1
  document.body.append(box)
  box.showModal()
  box.focus() // and no button: the Enter that opens it would press that as well
}

// What somebody who types in the search may mean: links under the field, gone
// through with the arrow keys, put away with Escape.
const field = document.querySelector('[data-suggest]')
const offers = document.getElementById('suggestions')
if (field && offers) {
  let pause
  const hide = () => { offers.hidden = true }
  const suggest = async () => {
    const asked = field.value.trim()
    if (!asked) return hide()
    const answer = await fetch(field.dataset.suggest + '?q=' + encodeURIComponent(asked)).catch(() => null)
    if (!answer?.ok || asked !== field.value.trim()) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    offers.replaceChildren(...page.body.childNodes)
    offers.hidden = !offers.querySelector('a')
  }
  field.addEventListener('input', () => { clearTimeout(pause); pause = setTimeout(suggest, 120) })
  field.form.addEventListener('keydown', e => {
    if (offers.hidden) return
    const links = [...offers.querySelectorAll('a')]
    const at = links.indexOf(document.activeElement)
    if (e.key === 'Escape') { hide(); field.focus() }
    else if (e.key === 'ArrowDown') (links[at + 1] ?? links[0]).focus()
    else if (e.key === 'ArrowUp') (links[at - 1] ?? field).focus()
    else return
    e.preventDefault()
  })
  field.form.addEventListener('focusout', e => { if (!field.form.contains(e.relatedTarget)) hide() })
}

// What a postal code or a city may become, of places the shop knows: a list below
// the field, gone through with the arrow keys, chosen with Enter, a click or a
// tap, put away with Escape. Whole codes fill an empty city by themselves.
const places = Object.assign(document.createElement('ul'), { className: 'suggest', id: 'places', role: 'listbox' })
let completed, pausing

/** Puts the list of places away. */
function putAway() {
  places.remove()
  completed?.setAttribute('aria-expanded', 'false')
  completed?.removeAttribute('aria-activedescendant')
}

/** Fills in a place beside a field of its address; true when something changed. */
function settle(field, { code, city, region }) {
  const part = name => field.form.elements[field.name.replace(/postal_code|city/, name)]
  let changed = false
  for (const [name, value] of [['postal_code', code], ['city', city], ['region', region]]) {
    const to = part(name)
    if (!to || !value || to.value === value) continue
    to.value = value
    changed = true
  }
  putAway()
  if (changed && part('postal_code').matches('[data-live]')) refresh(field.form, part('postal_code'))
}

const bare = text => text.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase()

/** Asks what a field may become, and shows it. */
async function complete(field) {
  const asked = field.value.trim()
  const country = field.form.elements[field.name.replace(/postal_code|city/, 'country')]?.value ?? ''
  if (asked.length < 2) return putAway()
  const answer = await fetch(field.dataset.complete + '?' + new URLSearchParams({ country, q: asked })).catch(() => null)
  if (!answer?.ok || asked !== field.value.trim() || document.activeElement !== field) return
  const page = new DOMParser().parseFromString('<ul>' + await answer.text() + '</ul>', 'text/html')
  const lines = [...page.querySelectorAll('li')]
  const city = field.form.elements[field.name.replace(/postal_code|city/, 'city')]
  const region = field.form.elements[field.name.replace(/postal_code|city/, 'region')]
  const [only] = lines
  if (lines.length === 1 && only.dataset.code && bare(only.dataset.code) === bare(asked) && (!only.dataset.city || !city?.value || bare(city.value) === bare(only.dataset.city))) {
    if (region?.value) delete only.dataset.region // it was chosen
    return settle(field, { city: only.dataset.city, region: only.dataset.region })
  }
  const shown = lines.filter(li => li.dataset.city)
  if (!shown.length) return putAway()
  completed = field
  places.replaceChildren(...shown)
  places.ariaLabel = document.querySelector('[data-places]')?.dataset.places ?? ''
  field.closest('.field').append(places)
  field.setAttribute('role', 'combobox')
  field.setAttribute('aria-autocomplete', 'list')
  field.setAttribute('aria-controls', 'places')
  field.setAttribute('aria-expanded', 'true')
}

document.addEventListener('input', ({ target }) => {
  if (!target.matches('[data-complete]')) return
  clearTimeout(pausing)
  pausing = setTimeout(complete, 120, target)
})
document.addEventListener('keydown', e => {
  if (!places.isConnected || e.target !== completed) return
  const lines = [...places.children]
  const at = lines.findIndex(li => li.ariaSelected === 'true')
  if (e.key === 'Escape' || e.key === 'Tab') { putAway(); if (e.key === 'Tab') return }
  else if (e.key === 'Enter' && at >= 0) settle(completed, lines[at].dataset)
  else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
    const next = lines[(at + (e.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1) + lines.length) % lines.length]
    for (const li of lines) li.ariaSelected = String(li === next)
    next.scrollIntoView({ block: 'nearest' })
    completed.setAttribute('aria-activedescendant', next.id)
  } else return
  e.preventDefault()
})
places.addEventListener('pointerdown', e => e.preventDefault()) // the field keeps the focus
places.addEventListener('click', e => {
  const line = e.target.closest('li')
  if (line) settle(completed, line.dataset)
})
document.addEventListener('focusout', e => { if (e.target === completed) putAway() })

document.addEventListener('click', e => {
  if (e.ctrlKey || e.metaKey || e.shiftKey) return
  const city = e.target.closest('#meant button')
  if (city) {
    e.preventDefault()
    return settle(city.form.elements.postal_code, { city: city.dataset.city, region: city.dataset.region })
  }
  const picture = e.target.closest('[data-zoom]')
  const chosen = e.target.closest('.gallery-index a')
  if (!picture && !chosen) return
  e.preventDefault()
  if (picture) enlarge(picture)
  else present(document.querySelector(chosen.hash))
})

document.addEventListener('change', ({ target }) => {
  if (target.name === 'variant' && target.closest('.detail')) {
    present([...document.querySelectorAll('.gallery-strip > li')].find(li => li.dataset.variant === target.value))
    exchange(location.pathname + '?variant=' + encodeURIComponent(target.value))
  }
  const shelf = target.form?.closest('[data-shelf]')
  if (shelf) {
    const chosen = new URLSearchParams([...new FormData(shelf)].filter(([, value]) => value))
    shelve(shelf.action + (chosen.size ? '?' + chosen : ''))
  }
  if (target.dataset.press) document.getElementById(target.dataset.press)?.click()
  if (target.matches('[data-submit]')) target.form.requestSubmit()
  if (target.matches('[data-live]')) refresh(target.form, target)
})

/** The bag in a drawer beside the page. */
function drawer() {
  const box = document.querySelector('.drawer')
  if (box.open) return box
  box.onclick = e => { if (e.target === box) box.close() }
  box.onclose = () => box.lastElementChild.replaceChildren()
  box.showModal()
  return box
}

/** Sends a form that changes the bag, and shows the bag without leaving the page. */
async function fill(form, submitter) {
  asking.abort()
  const mine = asking = new AbortController()
  form.setAttribute('aria-busy', 'true')
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, submitter)), signal: mine.signal })
    if (answer.redirected && new URL(answer.url).pathname !== '/cart') return location.assign(answer.url)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const focus = document.activeElement?.id
    const fresh = page.getElementById('content')
    const bag = page.querySelector('.bag')
    if (bag) document.querySelector('.bag')?.replaceWith(bag)
    const within = form.closest('.drawer, #content')
    const aside = answer.ok && form.closest('.detail') ? drawer().lastElementChild
      : within?.matches('.drawer') ? within.lastElementChild : document.getElementById('content')
    aside.replaceChildren(...fresh.childNodes)
    const next = focus && document.getElementById(focus) || aside.querySelector('[autofocus]')
    next?.focus()
  } catch (e) {
    if (e.name !== 'AbortError') form.submit()
  } finally {
    form.removeAttribute('aria-busy')
    delete form.dataset.sent
  }
}

document.addEventListener('submit', e => {
  const form = e.target
  if (form.matches('[data-bag]') && !e.submitter?.hasAttribute('formaction')) {
    e.preventDefault()
    if (!form.dataset.sent) {
      form.dataset.sent = '1'
      fill(form, e.submitter)
    }
    return
  }
  if (!form.matches('[data-once]')) return
  if (form.dataset.sent) return e.preventDefault()
  if (e.submitter?.value !== 'refresh' && tokenize(form, e.submitter)) return e.preventDefault()
  asking.abort()
  form.dataset.sent = '1'
  const button = e.submitter
  const words = button?.firstElementChild
  if (button?.dataset.busy && words) {
    button.dataset.words = words.textContent
    words.textContent = button.dataset.busy
    button.setAttribute('aria-disabled', 'true')
  }
})

// Card fields live in a frame of the bank's origin. This page hears nothing of
// what is typed there but a token, and listens to that origin only.
const frames = [...document.querySelectorAll('[data-fields]')].map(box => {
  const frame = document.createElement('iframe')
  const f = { box, frame, ready: false, token: box.querySelector('input'), words: box.querySelector('[role=status]') }
  frame.title = box.dataset.title
  frame.referrerPolicy = 'no-referrer'
  frame.src = box.dataset.fields
  box.prepend(frame)
  setTimeout(() => { if (!f.ready) f.words.textContent = box.dataset.silent }, 6000)
  return f
})

/** Asks the chosen method's card fields for a token before the form is sent. */
function tokenize(form, submitter) {
  const f = frames.find(f => f.box.checkVisibility())
  if (!f || form.querySelector('input[name=card]:checked')?.value) return false
  if ([...form.querySelectorAll('[required]')].some(e => !e.value && e.checkVisibility())) return false // the server says what is missing
  f.token.disabled = false
  if (f.token.value) return false
  f.token.value = f.ready ? '' : f.box.parentElement.querySelector('noscript')?.textContent.match(/value="([^"]*)"/)?.[1] ?? ''
  if (f.token.value) return false
  f.submitter = submitter
  f.frame.contentWindow.postMessage({ to: 'card-fields', type: 'tokenize' }, f.box.dataset.origin)
  return true
}

addEventListener('message', e => {
  const f = frames.find(f => e.source === f.frame.contentWindow && e.origin === f.box.dataset.origin)
  if (!f || e.data?.from !== 'card-fields') return
  const { type, height, instrument } = e.data
  if (type === 'ready') { f.ready = true; f.words.textContent = '' }
  if (type === 'height' && height > 0 && height < 1000) f.frame.style.height = height + 'px'
  if (type === 'submit') (f.token.form.querySelector('.button-place') ?? f.token.form.querySelector('.button-primary'))?.click()
  if (type === 'token' && typeof instrument === 'string') {
    f.token.value = instrument
    f.token.form.requestSubmit(f.submitter)
  }
})

// How long is left for the shopper's part.
if (document.querySelector('[data-until]')) {
  setInterval(() => {
    for (const timer of document.querySelectorAll('[data-until]')) {
      const left = Math.max(0, Math.round((Date.parse(timer.dataset.until) - Date.now()) / 1000))
      const two = n => String(n).padStart(2, '0')
      const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60
      if ('calm' in timer.dataset) {
        const say = (n, unit) => new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit }).format(n)
        timer.dataset.left = (hours > 0 ? say(hours, 'hour') + ' ' : '') + say(minutes, 'minute')
        continue
      }
      timer.dataset.left = (hours > 0 ? hours + ':' + two(minutes) : minutes) + ':' + two(left % 60)
    }
  }, 1000)
}

// What is told live of an order's way is shown where it stands.
const way = document.querySelector('[data-live^="/"]')
if (way) {
  const look = async () => {
    const answer = await fetch(location.pathname).catch(() => null)
    if (!answer?.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.getElementById(way.id)
    if (fresh && fresh.innerHTML !== way.innerHTML) way.replaceChildren(...fresh.childNodes)
    if (!page.getElementById('changes')) document.getElementById('changes')?.remove() // somebody has begun
  }
  const told = new EventSource(way.dataset.live)
  told.onmessage = look
  told.onopen = look // what happened since the page was written, or while the line was cut
  told.addEventListener('reset', look)
  setInterval(() => document.hidden || look(), 60000)
}

// A page that waits looks again without moving under its reader, and goes where
// the answer leads.
const waiting = document.querySelector('[data-again]')
if (waiting) {
  setInterval(async () => {
    const answer = await fetch(waiting.dataset.again).catch(() => null)
    if (answer?.redirected) return location.replace(answer.url)
    if (!answer?.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.getElementById(waiting.id)
    if (fresh && fresh.textContent !== waiting.textContent) waiting.replaceChildren(...fresh.childNodes)
  }, 2000)
}

// A page that comes back from the browser's memory can be sent again, unless
// what was sent from it has led on since.
addEventListener('pageshow', async () => {
  const sent = document.querySelectorAll('[data-sent]')
  for (const form of sent) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('[data-words]')) {
      button.firstElementChild.textContent = button.dataset.words
      button.removeAttribute('aria-disabled')
    }
  }
  const now = sent.length ? await fetch(location.href).catch(() => null) : null
  if (now?.redirected) location.replace(now.url)
})

// Of a row of pages that is wider than the screen, the one that is open is in sight.
requestAnimationFrame(() => document.querySelector('.corners [aria-current], .aisles [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }))

// A passkey is asked for, or made, by the device; the page only carries what the
// shop and the device say to each other.
for (const button of document.querySelectorAll('[data-passkey]')) {
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) button.closest('.with-script').hidden = true
  button.addEventListener('click', async () => {
    const said = document.getElementById('passkey-said')
    const to = button.dataset.passkey
    said.textContent = ''
    try {
      const asked = await fetch(to + '/options', { method: 'POST' })
      if (asked.status === 403) return location.assign('/sign-in?again=1&next=' + encodeURIComponent(location.pathname))
      const { publicKey } = await asked.json()
      const answer = publicKey.user
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) })
      const next = button.dataset.next ? '?next=' + encodeURIComponent(button.dataset.next) : ''
      const got = await fetch(to + next, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) })
      if (!got.ok) throw new Error(got.statusText)
      location.assign(got.redirected ? got.url : (await got.json()).next)
    } catch {
      said.textContent = button.dataset.silent
    }
  })
}
