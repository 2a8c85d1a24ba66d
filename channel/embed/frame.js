// What a checkout in somebody else's page tells it, and hears from it. The one
// origin it speaks to is named by the server.
const origin = document.querySelector('script[data-origin]').dataset.origin
const tell = (korzo, detail = {}) => parent.postMessage({ korzo, ...detail }, origin)

const begin = document.querySelector('[data-korzo-begin]')
if (begin) {
  begin.submit()
} else if (parent !== window) {
  tell('ready')
  const height = () => tell('height', { height: Math.ceil(document.documentElement.getBoundingClientRect().height) })
  new ResizeObserver(height).observe(document.documentElement)
  height()

  const ended = document.querySelector('[data-korzo-event]')
  if (ended) {
    const { order, number, token, amount, currency } = ended.dataset
    tell('completed', { order, number, token, amount: Number(amount), currency })
  } else {
    tell('step', { step: document.querySelector('.checkout [name="step"]')?.value || (document.querySelector('.checkout') ? 'all' : 'waiting') })
  }

  const total = () => {
    const form = document.querySelector('.checkout')
    const amount = form?.querySelector('[name="agreed"]')?.value
    if (amount) tell('total', { amount: Number(amount), currency: form.dataset.currency })
  }
  total()
  const place = document.querySelector('.checkout')
  if (place) new MutationObserver(total).observe(place, { childList: true, subtree: true })

  // A bank that lets its page be framed asks for proof here; the link beside it
  // opens it in a window, for whoever cannot use the frame.
  const proof = document.querySelector('[data-proof]')
  if (proof) {
    const page = document.createElement('iframe')
    page.className = 'proof'
    page.title = proof.dataset.proof
    page.src = proof.href
    page.setAttribute('aria-busy', 'true')
    let shown = 0
    page.addEventListener('load', () => {
      page.removeAttribute('aria-busy')
      page.hidden = ++shown > 1 // the bank has sent the shopper back
    })
    proof.classList.remove('button-primary')
    proof.closest('p').before(page)
  }

  // The page around may change the look: values of tokens, checked by the server.
  addEventListener('message', (e) => {
    if (e.origin !== origin || e.source !== parent || e.data?.korzo !== 'theme') return
    const q = new URLSearchParams()
    for (const name of ['accent', 'radius', 'font', 'scheme']) {
      if (typeof e.data[name] === 'string' && e.data[name]) q.set(name, e.data[name].slice(0, 20))
    }
    let sheet = document.querySelector('link[href^="/assets/theme.css"]')
    if (!sheet) {
      sheet = document.head.appendChild(document.createElement('link'))
      sheet.rel = 'stylesheet'
    }
    sheet.href = `/assets/theme.css?${q}`
  })
}
