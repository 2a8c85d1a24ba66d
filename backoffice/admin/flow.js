// The flow editor: what is changed is shown at once. Without a script the
// buttons of the form do the same, page by page.
for (const form of document.querySelectorAll('[data-editor]')) editor(form);

function editor(form) {
  const show = form.querySelector('#show-preview');
  let later = 0;
  let asked = 0;

  const preview = () => {
    clearTimeout(later);
    later = setTimeout(() => show && form.requestSubmit(show), 600);
  };

  // swap sends the form and takes over the parts of the answer that follow from it.
  const swap = async (button, keep) => {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form, button));
    if (!button) body.set('do', 'show');
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } }).catch(() => null);
    if (!answer || mine !== asked || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of form.querySelectorAll('[data-part]')) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceWith(document.importNode(fresh, true));
    }
    const rows = form.querySelectorAll('.condition-row select');
    (document.getElementById(keep) || (button?.value.startsWith('add') ? rows[rows.length - 2] : form.querySelector('#part-trigger .button')))?.focus();
    preview();
  };

  form.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-swap]');
    if (!button) return;
    event.preventDefault();
    swap(button, '');
  });

  form.addEventListener('change', (event) => {
    const field = event.target;
    form.classList.add('unsaved');
    if (field.closest('#part-trigger')) swap(null, field.id);
    else preview();
  });
  form.addEventListener('click', (event) => {
    if (event.target.closest('[data-move]')) preview();
  });
  form.addEventListener('pointerup', (event) => {
    if (event.target.closest('[data-grip]')) preview();
  });
  form.addEventListener('input', (event) => {
    if (event.target.matches('[name=name], [name^=theme]')) preview();
  });
}
