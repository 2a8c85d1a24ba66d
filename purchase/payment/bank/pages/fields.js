// The card fields speak with the shop that frames them, and with nobody else:
// they answer to its origin only, and say nothing but a token, a height, and
// whether something is wrong.

const shop = document.body.dataset.shop
const form = document.getElementById('card')
const inputs = [...form.querySelectorAll('input')]
const say = message => parent.postMessage({ from: 'card-fields', ...message }, shop)
const tall = () => say({ type: 'height', height: Math.ceil(document.documentElement.getBoundingClientRect().height) })

function blame(code) {
  let first = null
  for (const input of inputs) {
    const wrong = input.dataset.code === code
    input.setAttribute('aria-invalid', wrong)
    document.getElementById(input.id + '-error').textContent = wrong ? input.dataset.error : ''
    if (wrong) first ??= input
  }
  first?.focus()
  tall()
}

async function tokenize() {
  const [number, expiry, code] = inputs.map(i => i.value)
  document.getElementById('offline').textContent = ''
  const answer = await fetch('/fields/tokens', { method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ number, expiry, code }) }).catch(() => null)
  const said = await answer?.json().catch(() => null)
  if (answer?.ok) {
    blame('')
    return say({ type: 'token', ...said })
  }
  if (said?.code) blame(said.code)
  else document.getElementById('offline').textContent = form.dataset.offline
  tall()
  say({ type: 'invalid' })
}

addEventListener('message', e => {
  if (e.origin !== shop || e.source !== parent) return
  if (e.data?.to === 'card-fields' && e.data.type === 'tokenize') tokenize()
})

form.addEventListener('submit', e => {
  e.preventDefault()
  say({ type: 'submit' }) // enter in a field is the shop's button
})

const number = document.getElementById('number')
number.addEventListener('input', () => {
  if (number.selectionStart !== number.value.length) return
  number.value = number.value.replace(/\D/g, '').slice(0, 19).replace(/(.{4})(?=.)/g, '$1 ')
})
const expiry = document.getElementById('expiry')
expiry.addEventListener('input', e => {
  const typed = expiry.value.replace(/\D/g, '').slice(0, 4)
  if (e.inputType !== 'deleteContentBackward' && typed.length >= 2) expiry.value = typed.slice(0, 2) + '/' + typed.slice(2)
})

if (parent !== window && shop) {
  say({ type: 'ready' })
  new ResizeObserver(tall).observe(document.documentElement)
}
