// What a script adds to the admin. Every page works without it: each button
// here is one of the page's own, or stands for one.

// A change presses the button that the field names.
for (const field of document.querySelectorAll('[data-press]')) {
  const button = document.getElementById(field.dataset.press);
  if (!button) continue;
  button.classList.add('unseen');
  button.tabIndex = -1;
  field.addEventListener('change', () => button.click());
}

// A list whose items are moved by buttons, or dragged by their grip. Its order is
// that of its fields, so that whoever saves the form saves the order.
for (const list of document.querySelectorAll('[data-sortable]')) sortable(list);

function sortable(list) {
  const told = list.parentElement.querySelector('[data-sorted]');
  let dragged = null;

  const items = () => [...list.children].filter((item) => item.matches('[data-item]'));
  const settle = (moved) => {
    const all = items();
    all.forEach((item, i) => {
      for (const button of item.querySelectorAll('[data-move]')) {
        button.disabled = button.dataset.move === 'up' ? i === 0 : i === all.length - 1;
      }
    });
    list.closest('form')?.classList.add('unsaved');
    if (told) told.textContent = told.dataset.sorted.replace('{place}', String(all.indexOf(moved) + 1));
  };

  list.addEventListener('click', (event) => {
    const button = event.target.closest('[data-move]');
    if (!button) return;
    event.preventDefault();
    const item = button.closest('[data-item]');
    const up = button.dataset.move === 'up';
    const other = up ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (up) other.before(item); else other.after(item);
    settle(item);
    (button.disabled ? item.querySelector('[data-move]:not(:disabled)') : button)?.focus();
  });

  for (const grip of list.querySelectorAll('[data-grip]')) {
    grip.hidden = false;
    const item = grip.closest('[data-item]');
    grip.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      dragged = item;
      item.classList.add('dragged');
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener('pointermove', (event) => {
      if (!dragged) return;
      const over = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-item]');
      if (!over || over === dragged || over.parentElement !== list) return;
      const all = items();
      if (all.indexOf(over) < all.indexOf(dragged)) over.before(dragged); else over.after(dragged);
    });
    const drop = () => {
      if (!dragged) return;
      dragged.classList.remove('dragged');
      settle(dragged);
      dragged = null;
    };
    grip.addEventListener('pointerup', drop);
    grip.addEventListener('pointercancel', drop);
  }
}
