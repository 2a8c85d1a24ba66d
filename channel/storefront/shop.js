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
  try {
    const answer = await fetch(form.action, { method: 'POST', body, signal: mine.signal })
    if (answer.redirected) return location.assign(answer.url)
    if (!answer.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const focus = document.activeElement?.id
    for (const part of form.querySelectorAll('[data-part]')) {
      const only = part.dataset.part // the field whose change alters this part
      const fresh = page.getElementById(part.id)
      if (fresh && (!only || changed.name === only)) part.replaceWith(fresh)
    }
    if (focus) document.getElementById(focus)?.focus()
  } catch (e) {
    if (e.name !== 'AbortError') throw e
  } finally {
    if (mine === asking) form.removeAttribute('aria-busy')
  }
}

document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-submit]')) target.form.requestSubmit()
  if (target.matches('[data-live]')) refresh(target.form, target)
})

document.addEventListener('submit', e => {
  const form = e.target
  if (!form.matches('[data-once]')) return
  if (form.dataset.sent) return e.preventDefault()
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
