// The flow editor: what is changed is shown at once. Without a script the
// buttons of the form do the same, page by page.
for (const form of document.querySelectorAll('[data-editor]')) editor(form);

function editor(form) {
  const show = form.querySelector('#show-preview');
  let later = 0;
  let asked = 0;
  let typing = 0;

  const preview = () => {
    clearTimeout(later);
    later = setTimeout(() => show && form.requestSubmit(show), 600);
  };

  const filled = () => new URLSearchParams(new FormData(form)).toString();

  // swap sends the form and takes over the parts of the answer that follow from it.
  const swap = async (button, keep, from = button) => {
    const mine = ++asked;
    const home = from.closest('[data-part]')?.id ?? 'part-trigger';
    const body = new URLSearchParams(new FormData(form, button));
    if (!button) body.set('do', 'show');
    const place = form.querySelector(`#${home}`);
    const told = filled();
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'text/html' } }).catch(() => null);
    if (!answer || mine !== asked || answer.redirected) return;
    // What was typed meanwhile is not in the answer: ask again rather than lose it.
    if (!button && told !== filled()) return swap(null, keep, form.querySelector(`#${home} [name]`) ?? form);
    // Whoever has gone on to the next field stays there.
    if (!button && place?.contains(document.activeElement)) keep = document.activeElement.id || keep;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of [place, form.querySelector('#part-save')]) {
      const fresh = part && page.getElementById(part.id);
      if (!fresh) continue;
      part.replaceWith(fresh);
      for (const list of fresh.querySelectorAll('[data-sortable]')) sortable(list);
      for (const list of fresh.querySelectorAll('[data-lane]')) lane(list);
    }
    const rows = form.querySelectorAll('.condition-row select');
    (document.getElementById(keep) || (button?.value.startsWith('add:') || button?.value === 'add_group' ? rows[rows.length - 2] : form.querySelector(`#${home} .button`)))?.focus();
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
    if (!field.closest('#part-trigger') && !field.name.endsWith('.place')) return preview();
    // A word typed into a closed list changes it letter by letter.
    clearTimeout(typing);
    typing = setTimeout(() => swap(null, field.id, field), field.matches('select') ? 350 : 0);
  });
  form.addEventListener('click', (event) => {
    if (event.target.closest('[data-move]')) preview();
  });
  // lane lets widgets be dragged from place to place, as far as they may stand there.
  const lane = (list) => {
    for (const grip of list.querySelectorAll('[data-widget-grip]')) {
      grip.hidden = false;
      const card = grip.closest('[data-widget]');
      const place = card.querySelector('select[name$=".place"]');
      grip.addEventListener('pointerdown', (event) => {
        event.preventDefault();
        card.classList.add('dragged');
        grip.setPointerCapture(event.pointerId);
      });
      grip.addEventListener('pointermove', (event) => {
        if (!card.classList.contains('dragged')) return;
        const under = document.elementFromPoint(event.clientX, event.clientY);
        const to = under?.closest('.lane')?.querySelector('[data-lane]');
        if (!to || ![...place.options].some((o) => o.value === to.dataset.lane)) return;
        const over = under.closest('[data-widget]');
        if (over && over !== card && over.parentElement === to) {
          const all = [...to.children];
          if (all.indexOf(over) < all.indexOf(card)) over.before(card); else over.after(card);
        } else if (card.parentElement !== to) to.append(card);
        place.value = to.dataset.lane;
      });
      const drop = () => {
        if (!card.classList.contains('dragged')) return;
        card.classList.remove('dragged');
        swap(null, '', place);
      };
      grip.addEventListener('pointerup', drop);
      grip.addEventListener('pointercancel', drop);
    }
  };
  for (const list of form.querySelectorAll('[data-lane]')) lane(list);

  form.addEventListener('pointerup', (event) => {
    if (event.target.closest('[data-grip]')) preview();
  });
  form.addEventListener('input', (event) => {
    if (event.target.matches('[name=name], [name^=theme]')) preview();
  });
}
