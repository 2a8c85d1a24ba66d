// A shop of one's own on Korzo's store API: choose, check out, pay. It knows no
// flow: what it draws is what the API's answer lists, in the order it says.
const asked = new URLSearchParams(location.search)
const shop = asked.get('shop') || 'http://127.0.0.1:8080', market = asked.get('market') || undefined
const key = asked.get('key'), customer = asked.get('customer'), locale = document.documentElement.lang
const page = document.getElementById('page'), told = document.getElementById('told')
const bag = sessionStorage // the checkout under way, so that a reload loses nothing

// --- talking ---------------------------------------------------------------
// ask sends one request. Silence, 429 and 5xx are tried again, with the same Idempotency-Key, so nothing happens twice.
async function ask(method, path, body, extra = {}) {
  for (let tried = 1; ; tried++) {
    let answer, said = {}
    try {
      answer = await fetch(shop + '/store/v1' + path, { method, body: body && JSON.stringify(body),
        headers: { Authorization: 'Bearer ' + key, 'Content-Type': 'application/json', ...(customer && { 'Customer-Token': customer }), ...extra } })
      said = await answer.json()
      if (answer.ok) return said
    } catch { answer = undefined }
    const again = !answer || answer.status === 429 || answer.status >= 500 || said.retryable
    if (!again || tried === 5) throw Object.assign(new Error(said.detail || 'The shop does not answer. Nothing is lost: try again.'), said)
    await pause((Number(answer?.headers.get('Retry-After')) || tried) * 1000)
  }
}
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const money = ({ amount, currency }) => {
  const style = new Intl.NumberFormat(locale, { style: 'currency', currency })
  return style.format(amount / 10 ** style.resolvedOptions().maximumFractionDigits)
}
const day = (date) => new Date(date + 'T12:00').toLocaleDateString(locale, { weekday: 'short', day: 'numeric', month: 'short' })
const days = ({ from, to }) => (from === to ? day(from) : day(from) + ' – ' + day(to))
const safe = (text) => String(text ?? '').replace(/[&<>"]/g, (c) => '&#' + c.charCodeAt(0) + ';')
const list = (all, draw) => all.map(draw).join('')

// --- the parts of a page ----------------------------------------------------
const field = (name, label, value, more = '') => `<label>${safe(label)} <input name="${safe(name)}" value="${safe(value)}" ${more}></label>`
const choice = (name, value, chosen, label, price = '', small = '') => `<label class="choice"><input type="radio" name="${safe(name)}" value="${safe(value)}"
  ${chosen ? 'checked' : ''}><span>${safe(label)}${small && `<small>${safe(small)}</small>`}</span><b>${safe(price)}</b></label>`
const tick = (name, on, label) => `<label class="choice"><input type="checkbox" name="${safe(name)}" ${on ? 'checked' : ''}><span>${safe(label)}</span></label>`
const points = (name, p) => p.most ? `<label>Points: ${p.most} of your ${p.available} pay ${money(p.worth)}
  <input name="${safe(name)}" value="${p.asked > 0 ? p.asked : p.used || ''}" inputmode="numeric" placeholder="${p.least > 1 ? `${p.least} or more` : 'how many'}"></label>` : `<p class="quiet">You have ${p.available} points. They pay nothing of this order.</p>`
const row = (label, sum, kind = '') => `<div class="row ${kind}"><span>${safe(label)}</span><span>${money(sum)}</span></div>`

// A widget's kind draws its data; its inputs are named w:NAME:ANSWER. Kinds that this client does not know are left out.
const widgets = {
  code: (w, n) => list(w.data.codes, (c) => `<p class="quiet">${safe(c.code)}</p>`) + field(n('add'), 'Discount code', ''),
  gift_card: (w, n) => field(n('add'), 'Gift card', '') + (w.data.points ? points(n('points'), w.data.points) : '') + (w.data.credit ? tick(n('credit'), w.data.use_credit, 'Use credit: ' + money(w.data.credit)) : ''),
  donation: (w, n) => `<p>${safe(w.data.to)}: ${safe(w.data.text)}</p>` + list([{ amount: 0, currency: w.data.amounts[0].currency }, ...w.data.amounts], (a) =>
    choice(n('amount'), a.amount, a.amount === w.data.chosen, a.amount ? money(a) : 'Nothing today')),
  gift_wrap: (w, n) => tick(n('wrap'), w.data.wrap, `${w.data.text || 'Wrap it as a gift'}, ${money(w.data.price)}`) +
    (w.data.wrap && w.data.asks_message ? field(n('message'), 'Words on the card', w.data.message, `maxlength="${w.data.length}"`) : ''),
  order_note: (w, n) => field(n('text'), w.data.label || 'A note', w.data.text, `maxlength="${w.data.length}"`),
  newsletter: (w, n) => tick(n('agree'), w.data.agreed, w.data.text),
  order_bump: (w, n) => `<div class="row"><span>${safe(w.data.text || w.data.title)}, ${money(w.data.price)}</span>
    <button type="button" name="${n(w.data.added ? 'remove' : 'add')}" value="${safe(w.data.variant)}">${w.data.added ? 'Take out' : 'Add'}</button></div>`,
  free_shipping: (w) => `<p class="note">${w.data.missing.amount > 0 ? `${money(w.data.missing)} more and delivery is free` : 'Delivery is free'}
    <progress max="100" value="${w.data.percent}" aria-label="Towards free delivery"></progress></p>`,
  trust: (w) => `<p class="quiet">${list(w.data.facts, (f) => `✓ ${safe(f.text)}<br>`)}</p>`,
  delivery_date: (w, n) => `<label>Delivery on <select name="${n('date')}"><option value="">as soon as possible</option>${list(w.data.dates, (d) =>
    `<option value="${d}" ${d === w.data.chosen ? 'selected' : ''}>${day(d)}</option>`)}</select></label>`,
  pickup_point: (w, n) => list(w.data.points, (p) => choice(n('option'), p.option, p.chosen, p.name, money(p.price), `${p.address} · ${days(p)}`)),
  wallet: (w, n) => `<div class="row">${list(w.data.methods, (m) => `<button type="button" name="${n('method')}" value="${safe(m)}">${safe(m.replace('_', ' '))}</button>`)}</div>`,
}
const placed = (c, ...places) => list(c.widgets.filter((w) => places.includes(w.place) && widgets[w.kind]), (w) =>
  `<div role="group" aria-label="${safe(w.kind.replaceAll('_', ' '))}">${widgets[w.kind](w, (answer) => safe(`w:${w.name}:${answer}`))}</div>`)

const steps = {
  contact: (c) => { // the country's own rules come back as messages
    const at = c.shipping_address || {}
    return ['Contact and address', ['email', 'shipping_address', 'phone'], field('email', 'E-mail', c.email, 'type="email" autocomplete="email"') +
      field('a:name', 'Name', at.name, 'autocomplete="name"') + field('a:line1', 'Street and number', at.line1, 'autocomplete="address-line1"') +
      `<div class="pair">${field('a:postal_code', 'Postal code', at.postal_code, 'autocomplete="postal-code"')}${field('a:city', 'City', at.city, 'autocomplete="address-level2"')}</div>` +
      field('a:country', 'Country (two letters)', at.country || market || 'DE', 'autocomplete="country" maxlength="2"') +
      (c.requirements.includes('phone') || at.phone ? field('a:phone', 'Phone', at.phone, 'type="tel" autocomplete="tel"') : '') + placed(c, 'contact')]
  },
  delivery: (c) => ['Delivery', ['shipping_option'], list(c.groups, (g, i) => (c.groups.length > 1 ? `<p>Part ${i + 1}</p>` : '') + list(g.shipping_options, (o) =>
    choice('g:' + i, o.id, o.id === g.shipping_option, o.name, money(o.price), days(o.promise)))) + placed(c, 'delivery')],
  payment: (c) => ['Payment', ['payment'], (c.points && !c.widgets.some((w) => w.kind === 'gift_card') ? points('use_points', c.points) : '') + list(c.payment_methods, (m) => choice('method', m.id, m.id === c.payment?.method, m.name, m.fee ? '+ ' + money(m.fee) : '', m.note || m.legal)) +
    (c.payment_methods.find((m) => m.id === c.payment?.method)?.flow === 'fields' ? // here the gateway's own fields stand in earnest; they give a token
      `<label>Sandbox card <select name="card"><option value="">Choose a card</option>${list([['approve', 'that pays'], ['decline', 'that is declined'], ['challenge', 'whose bank asks'],
        ['late', 'whose bank is slow']], ([id, does]) => `<option value="sandbox:${id}" ${card === 'sandbox:' + id ? 'selected' : ''}>A card ${does}</option>`)}</select></label>` : '') + placed(c, 'payment')],
}

// --- a checkout -------------------------------------------------------------
let now, card = '', opened = {} // the last answer; the token chosen; the steps opened or closed by hand

function draw(c, notes = []) {
  now = c
  if (c.status === 'completed') return drawOrder(c.order)
  if (c.status === 'requires_escalation' || c.status === 'complete_in_progress') return drawWaiting(c)
  if (c.status === 'canceled') return drawGoods()
  const held = document.activeElement?.name, at = document.activeElement?.selectionStart
  const typed = [...page.querySelectorAll('#checkout input:not([type=radio], [type=checkbox])')].filter((i) => i.value !== i.defaultValue).map((i) => [i.name, i.value])
  const messages = [...c.messages, ...notes].filter((m, i, all) => all.findIndex((o) => o.code === m.code && o.path === m.path) === i)
  const paged = c.flow.layout === 'three_page', first = c.flow.steps.find((s) => steps[s](c)[1].some((r) => c.requirements.includes(r))) || 'payment'
  page.innerHTML = `<h1>Checkout</h1><form id="checkout" novalidate>${placed(c, 'top')}${list(c.flow.steps, (s) => {
    const [title, , body] = steps[s](c)
    return `<details data-step="${s}" ${opened[s] ?? (!paged || s === first) ? 'open' : ''}><summary>${title}</summary>${body}</details>`
  })}<h2>Sum</h2>${row('Goods', c.totals.subtotal)}${c.totals.discount.amount ? row('Discount', { ...c.totals.discount, amount: -c.totals.discount.amount }) : ''}${row('Delivery', c.totals.shipping)}
    ${row(c.tax_included ? 'of which tax' : 'Tax', c.totals.tax, 'quiet')}${row('Total', c.totals.total, 'sum')}${list(c.tenders, (t) => row(t.label, { ...t.amount, amount: -t.amount.amount }))}
    ${placed(c, 'summary')}<div id="messages" role="alert">${list(messages, (m) => `<p class="${m.type === 'error' ? 'bad' : 'quiet'}">${safe(m.content)}</p>`)}</div>
    <button class="act" ${c.requirements.length ? 'disabled aria-describedby="missing"' : ''}>Pay ${money(c.amount_due)}</button>
    <p id="missing" class="quiet">${c.requirements.length ? 'Still missing: ' + safe(c.requirements.join(', ').replaceAll('_', ' ')) : ''}</p></form>`
  const about = (path) => path === '$.use_points' ? '[name$="points"]' : `[name="${path === '$.email' ? 'email' : 'a:' + path?.split('.').pop()}"]`
  for (const m of messages.filter((m) => m.type === 'error')) page.querySelector(about(m.path))?.setAttribute('aria-invalid', 'true')
  const named = (name, more = '') => page.querySelector(`[name="${CSS.escape(name)}"]${more}`)
  for (const [name, value] of typed) if (named(name)) named(name).value = value // typed while the answer was under way
  const again = held ? (named(held, ':checked') || named(held) || page.querySelector(`[name^="${CSS.escape(held.replace(/[^:]*$/, ''))}"]`)) : undefined
  again?.focus()
  if (at != null && again?.type === 'text') again.setSelectionRange(at, at)
}

let saying = Promise.resolve(), pressed = false // what is said goes out one after the other; nothing moves under a pressed button
for (const kind of ['pointerdown', 'pointerup', 'pointercancel']) addEventListener(kind, () => { pressed = kind === 'pointerdown' }, true)
const say = (patch) => (saying = saying.then(async () => {
  const said = await ask('PATCH', '/checkouts/' + now.id, patch).catch((e) => ({ ...now, messages: [{ type: 'error', code: e.code, content: e.message }] }))
  while (pressed) await pause(20)
  draw(said)
}))
// patchOf is what an input's new value says.
function patchOf({ name, value, type, checked }) {
  const [kind, part, answer] = name.split(':')
  if (kind === 'a') return { shipping_address: { ...Object.fromEntries([...page.querySelectorAll('[name^="a:"]')].map((i) => [i.name.slice(2), i.value])) } }
  if (kind === 'g') return { groups: now.groups.map((g, i) => ({ lines: g.lines, shipping_option: i === Number(part) ? value : g.shipping_option })).filter((g) => g.shipping_option) }
  if (kind === 'w') return { widgets: { [part]: { [answer]: type === 'checkbox' ? (checked ? 'yes' : 'no') : value } } }
  if (kind === 'method') return { payment: { method: value } }
  if (kind === 'card') return (card = value) ? { payment: { method: now.payment.method, instrument: value } } : undefined
  if (kind === 'use_points') return /^\d{0,12}$/.test(value.trim()) ? { use_points: Number(value) } : undefined
  return { [name]: value }
}
page.addEventListener('change', (e) => {
  const patch = e.target.form?.id === 'checkout' && patchOf(e.target)
  if (patch) say(patch)
  if (e.target.name.endsWith(':add')) e.target.value = ''
})
page.addEventListener('focusin', (e) => { const step = e.target.name && e.target.closest('details'); if (step) opened[step.dataset.step] = true }) // what one is in stays open
page.addEventListener('click', (e) => {
  if (e.target.type === 'button' && e.target.name) say(patchOf(e.target))
  if (e.target.dataset.buy) start(e.target.dataset.buy).catch(fail)
  const step = e.target.closest('summary')?.parentElement
  if (step) opened[step.dataset.step] = !step.open
})
page.addEventListener('submit', async (e) => {
  if (e.target.id !== 'checkout') return
  e.preventDefault()
  await saying
  if (now.requirements.length) return
  const button = page.querySelector('.act')
  button.disabled = true
  told.textContent = 'Paying …'
  try { // a new key for each new try; ask repeats it where no answer comes
    const done = await ask('POST', `/checkouts/${now.id}/complete`, { expected_total: now.totals.total, expected_due: now.amount_due }, { 'Idempotency-Key': crypto.randomUUID() })
    draw(await ask('GET', '/checkouts/' + now.id), done.messages)
  } catch (e) { draw(now, [{ type: 'error', code: e.code, content: e.message }]) }
  told.textContent = ''
})

// drawWaiting asks the shopper to their bank, in a tab beside this page, and looks until it is over.
async function drawWaiting(c) {
  page.innerHTML = `<h1>${c.next_action ? 'Your bank wants to know that it is you' : 'Your payment is being checked'}</h1>` + list(c.messages, (m) => `<p>${safe(m.content)}</p>`) +
    (c.next_action ? `<a class="act" id="bank" href="${safe(c.next_action.url)}" target="_blank" rel="noopener">Go to the bank</a>` : '')
  document.getElementById('bank')?.focus()
  for (let n = 1; ; n++) {
    await pause(Math.min(n, 5) * 1000)
    const later = await ask('GET', '/checkouts/' + c.id).catch(() => c)
    if (later.status !== c.status) return draw(later)
  }
}

async function drawOrder({ id, number, token, total }) {
  bag.removeItem('checkout')
  page.innerHTML = `<h1 tabindex="-1">Thank you</h1><p>Your order <b id="number">${safe(number)}</b> over ${money(total)} is placed.</p><div id="lines"></div><p><a href="">Buy something else</a></p>`
  page.querySelector('h1').focus()
  const order = await ask('GET', '/orders/' + id, undefined, { 'Order-Token': token })
  document.getElementById('lines').innerHTML = list(order.lines, (l) => row(`${l.quantity} × ${l.title}`, l.total)) + list(order.delivery_groups, (g) => `<p>${safe(g.name)}: ${days(g.promise)}</p>`)
}

// --- the goods ----------------------------------------------------------------
async function drawGoods() {
  const { data } = await ask('GET', `/products?limit=8&locale=${locale}${market ? '&market=' + market : ''}`)
  page.innerHTML = `<h1>A small headless shop</h1>${list(data.filter((p) => p.variants?.[0]?.price), (p) => `<div class="row"><span>${safe(p.title)}<small>${safe(p.variants[0].title)} · ${money(p.variants[0].price)}</small></span>
    <button type="button" data-buy="${safe(p.variants[0].sku)}" aria-label="Buy ${safe(p.title)}">Buy</button></div>`)}`
}

async function start(sku) {
  const cart = await ask('POST', '/carts', { market, locale, lines: [{ sku, quantity: 1 }] })
  const visitor = bag.getItem('visitor') || (await ask('POST', '/visitors')).visitor
  bag.setItem('visitor', visitor) // experiments know a browser by it
  const c = await ask('POST', '/checkouts', { cart: cart.id, locale, visitor, visit_referrer: document.referrer && new URL(document.referrer).hostname })
  bag.setItem('checkout', c.id)
  draw(c)
}
const fail = (e) => { page.innerHTML = `<h1>That did not work</h1><p class="bad">${safe(e.message)}</p><p><a href="">Try again</a></p>` }
const form = `<h1>A small headless shop</h1><form>${field('shop', 'The shop', shop)}${field('key', 'Its publishable key', '', 'required placeholder="pk_…"')}<button class="act">Open</button></form>`

if (!key) page.innerHTML = form
else if (bag.getItem('checkout')) ask('GET', '/checkouts/' + bag.getItem('checkout')).then(draw).catch(drawGoods).catch(fail)
else drawGoods().catch(fail)
