// <korzo-checkout>: a shop's checkout in this page.
//
//   <script src="https://shop.example/embed.js" async></script>
//   <korzo-checkout items="MUG-RED:2, POSTER" market="DE" locale="de" accent="#1a5fb4" radius="6"></korzo-checkout>
//
// Attributes: items ("SKU:quantity, …") or cart (an id from the store API), market, locale; for the look accent
// (#rrggbb), radius (0–24 pixels), font (system, serif, mono), scheme (light, dark). A look that changes is shown at once.
// Events, as CustomEvents with a detail: korzo:ready {}, korzo:height {height}, korzo:step {step},
// korzo:total {amount, currency}, korzo:completed {order, number, token, amount, currency}, korzo:error {message}.
(() => {
  const shop = new URL(document.currentScript.src).origin
  const look = ['accent', 'radius', 'font', 'scheme']
  const events = ['ready', 'height', 'step', 'total', 'completed', 'error']

  class KorzoCheckout extends HTMLElement {
    static observedAttributes = look

    connectedCallback() {
      if (this.frame) return
      const q = new URLSearchParams({ origin: location.origin })
      for (const name of ['items', 'cart', 'market', 'locale', ...look]) {
        if (this.getAttribute(name)) q.set(name, this.getAttribute(name))
      }
      const frame = this.frame = document.createElement('iframe')
      frame.src = `${shop}/embed?${q}`
      frame.title = this.getAttribute('title') || 'Checkout'
      frame.allow = 'payment'
      frame.style.cssText = 'display:block;width:100%;border:0;min-height:24rem;color-scheme:normal'
      this.style.display ||= 'block'
      this.hear = (e) => this.told(e)
      addEventListener('message', this.hear)
      this.append(frame)
    }

    disconnectedCallback() {
      removeEventListener('message', this.hear)
      this.frame?.remove()
      this.frame = null
    }

    attributeChangedCallback() {
      const theme = Object.fromEntries(look.map((name) => [name, this.getAttribute(name) || '']))
      this.frame?.contentWindow?.postMessage({ korzo: 'theme', ...theme }, shop)
    }

    /** Takes what the shop's frame says, and nothing that anybody else does. */
    told(e) {
      if (e.origin !== shop || e.source !== this.frame?.contentWindow || !events.includes(e.data?.korzo)) return
      const { korzo: kind, ...detail } = e.data
      if (kind === 'height') this.frame.style.height = `${Math.min(Math.max(Number(detail.height) || 0, 100), 20000)}px`
      if (kind === 'step' || kind === 'completed') this.scrollIntoView({ block: 'nearest' })
      this.dispatchEvent(new CustomEvent(`korzo:${kind}`, { detail, bubbles: true }))
    }
  }
  if (!customElements.get('korzo-checkout')) customElements.define('korzo-checkout', KorzoCheckout)
})()
