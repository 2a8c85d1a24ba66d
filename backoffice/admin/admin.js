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
    const move = (event) => {
      const over = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-item]');
      if (!over || over === dragged || over.parentElement !== list) return;
      const all = items();
      if (all.indexOf(over) < all.indexOf(dragged)) over.before(dragged); else over.after(dragged);
    };
    // The page listens, not the grip: whatever is moved in a page lets go of the pointer.
    const drop = () => {
      document.removeEventListener('pointermove', move);
      document.removeEventListener('pointerup', drop);
      document.removeEventListener('pointercancel', drop);
      dragged.classList.remove('dragged');
      settle(dragged);
      dragged = null;
    };
    grip.addEventListener('pointerdown', (event) => {
      if (dragged) return;
      event.preventDefault();
      dragged = item;
      item.classList.add('dragged');
      document.addEventListener('pointermove', move);
      document.addEventListener('pointerup', drop);
      document.addEventListener('pointercancel', drop);
    });
  }
}

// What a currency is worth is asked of all but the one that is told in.
for (const rate of document.querySelectorAll('[data-rate]')) {
  const told = rate.closest('form').elements.currency;
  told.addEventListener('change', () => { rate.hidden = rate.dataset.rate === told.value; });
}

// A list whose rows are ticked: one box for the page, a count that is told, and
// a range with the shift key.
for (const form of document.querySelectorAll('[data-picks]')) picks(form);

function picks(form) {
  const boxes = [...form.querySelectorAll('[data-pick]')];
  const every = form.querySelector('[data-pick-all]');
  const told = form.querySelector('[data-picked]');
  let last = null;
  const count = () => {
    const n = boxes.filter((box) => box.checked).length;
    if (told) told.textContent = n ? told.dataset.picked.replace('{n}', String(n)) : '';
    if (every) {
      const box = every.querySelector('input');
      box.checked = n === boxes.length;
      box.indeterminate = n > 0 && n < boxes.length;
    }
  };
  if (every && boxes.length) {
    every.hidden = false;
    every.querySelector('input').addEventListener('change', (event) => {
      for (const box of boxes) box.checked = event.target.checked;
      count();
    });
  }
  for (const box of boxes) {
    box.addEventListener('click', (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  count();
}

// Work under way: the page looks again until it is done.
if (document.querySelector('[data-refresh]')) setTimeout(() => location.reload(), 1500);

// A passkey fills in a field of its button's form and sends it.
for (const button of document.querySelectorAll('[data-passkey]')) passkey(button);

function passkey(button) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const told = button.parentElement.querySelector('[data-told]');
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    told.hidden = true;
    try {
      const asked = await fetch(button.dataset.passkey, { method: 'POST' });
      if (!asked.ok) throw new Error(asked.statusText);
      const { publicKey } = await asked.json();
      const key = 'create' in button.dataset
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
      button.form.elements[button.dataset.answer].value = JSON.stringify(key);
      button.form.submit();
    } catch {
      told.hidden = false;
      button.disabled = false;
    }
  });
}

// Work under way: what is told live is shown where it stands; where nothing is
// told (another machine works), the page looks by itself.
const way = document.querySelector('[data-live]');
if (way) {
  // While a finger or a mouse is down nothing is put in its place: the press would be lost.
  let pressed = false;
  for (const [type, is] of [['pointerdown', true], ['pointerup', false], ['pointercancel', false]]) {
    addEventListener(type, () => { pressed = is; }, true);
  }
  let busy = false;
  let again = false;
  const look = async () => {
    if (busy) { again = true; return; }
    busy = true;
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
    const fresh = page?.getElementById(way.id);
    if (page && !fresh?.dataset.live) return location.reload(); // it has ended
    while (pressed) await new Promise((later) => { setTimeout(later, 50); });
    if (fresh) renew(way, fresh);
    setTimeout(() => { busy = false; if (again) { again = false; look(); } }, 400);
  };
  const told = new EventSource(way.dataset.live);
  told.onopen = look; // what moved while the page was on its way
  told.onmessage = look;
  told.addEventListener('reset', look);
  setInterval(look, Number(way.dataset.every ?? 4000));
}

// What looks different now is put in its place, part by part where there are
// parts. A part that somebody is at stays until they have left it, one in which
// they typed or ticked something stays, and what they have opened stays open.
function renew(old, fresh) {
  const parts = [...fresh.querySelectorAll('[data-part]')];
  if (!parts.length) {
    if (fresh.innerHTML !== old.innerHTML) old.replaceChildren(...fresh.childNodes);
    return;
  }
  for (const part of parts) {
    const had = document.getElementById(part.id);
    if (!had || had.innerHTML === part.innerHTML || had.contains(document.activeElement) || touched(had)) continue;
    const open = [...had.querySelectorAll('details')].map((d) => d.open);
    part.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false; });
    had.replaceChildren(...part.childNodes);
    had.querySelectorAll('[data-picks]').forEach(picks);
  }
}

// touched says whether a field of a part differs from what the page said.
function touched(part) {
  return [...part.querySelectorAll('input, textarea, option')].some((field) => {
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
    if (field.matches('option')) return field.selected && !field.defaultSelected && (field.index > 0 || field.closest('select').querySelector('[selected]'));
    return field.value !== field.defaultValue;
  });
}

// Ctrl-K or ⌘K searches everything; arrows walk, Enter goes there. What is found
// is the search page's own list.
const palette = document.getElementById('palette');
if (palette) {
  const input = palette.querySelector('input');
  const list = document.getElementById('palette-found');
  let asked = 0;
  const look = async () => {
    const mine = ++asked;
    const answer = await fetch(`/admin/find?part=list&q=${encodeURIComponent(input.value)}`).catch(() => null);
    const found = answer?.ok ? await answer.text() : null;
    if (mine !== asked) return;
    if (found === null) return list.replaceChildren(Object.assign(document.createElement('p'), { className: 'trouble', textContent: palette.dataset.failed }));
    list.innerHTML = found;
    if (!input.value.trim()) list.prepend(...recent());
  };
  // What this tab showed lately, the newest first; it is forgotten with the tab.
  const kept = () => JSON.parse(sessionStorage.getItem('recent') ?? '[]');
  const recent = () => {
    const all = kept().filter((r) => r.path !== location.pathname);
    if (!all.length) return [];
    const items = all.map((r) => {
      const link = Object.assign(document.createElement('a'), { href: r.path, textContent: r.title });
      const item = document.createElement('li');
      item.append(link);
      return item;
    });
    const title = Object.assign(document.createElement('p'), { className: 'stage', textContent: palette.dataset.recent });
    const ul = document.createElement('ul');
    ul.append(...items);
    return [title, ul];
  };
  const title = document.querySelector('main h1')?.textContent.trim();
  if (title && location.pathname.split('/').length > 3) {
    sessionStorage.setItem('recent', JSON.stringify([{ path: location.pathname, title }, ...kept().filter((r) => r.path !== location.pathname)].slice(0, 8)));
  }
  const open = () => { if (!palette.open) palette.showModal(); input.select(); look(); };
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') { event.preventDefault(); open(); }
  });
  for (const link of document.querySelectorAll('[data-find]')) link.addEventListener('click', (event) => { event.preventDefault(); open(); });
  let timer = 0;
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, 120); });
  palette.addEventListener('keydown', (event) => {
    const links = [...list.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (event.key === 'ArrowDown' && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    if (event.key === 'Escape') { event.preventDefault(); palette.close(); } // at once, also while a word is in the field
    if (event.key === 'ArrowUp' && at >= 0) { event.preventDefault(); (at === 0 ? input : links[at - 1]).focus(); }
  });
  // Enter goes to the first that was found; where nothing was, the page of the search says so.
  input.form.addEventListener('submit', (event) => {
    const first = input.value.trim() ? list.querySelector('a') : null;
    if (first) { event.preventDefault(); first.click(); }
  });
  palette.addEventListener('click', (event) => { if (event.target === palette) palette.close(); });
}

// Where the browser reads bar codes, a phone's camera is the scanner: the first
// code it sees is sent as if it had been typed.
const scanner = document.querySelector('form[data-scan]');
if (scanner) {
  const video = scanner.querySelector('video');
  const start = scanner.querySelector('button[type=button]');
  const code = scanner.querySelector('input[name=code]');
  start.hidden = !('BarcodeDetector' in window && navigator.mediaDevices);
  start.addEventListener('click', async () => {
    start.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      const detector = new BarcodeDetector();
      let found = [];
      while (!found.length) {
        await new Promise((next) => setTimeout(next, 120));
        found = await detector.detect(video);
      }
      for (const track of stream.getTracks()) track.stop();
      code.value = found[0].rawValue;
      navigator.vibrate?.(60);
      scanner.requestSubmit(scanner.querySelector('button[value=scan]'));
    } catch {
      video.hidden = true;
      start.disabled = false;
      scanner.querySelector('[role=status]').hidden = false;
    }
  });
}

// A theme is seen while it is chosen: the page is asked what it would look like,
// and whether it could be read.
const dress = document.querySelector('[data-dress]');
if (dress) {
  let timer = 0;
  let asked = 0;
  dress.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++asked;
      const answer = await fetch(`/admin/theme?${new URLSearchParams(new FormData(dress))}`);
      if (mine !== asked || !answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      document.getElementById('theme-report').replaceWith(page.getElementById('theme-report'));
    }, 200);
  });
}

// A secret is copied by a button, where the browser can.
for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
}
