'use strict';
// State lives in the hash: ordered keys, defaults left out, unknown keys kept. Everything that a model wrote is put into the page
// by textContent only.
const jangwon = (() => {
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const make = (tag, text, cls) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (cls) e.className = cls; return e; };
  const block = $('#data');
  const data = block ? JSON.parse(block.textContent) : {};
  const say = text => { const live = $('#live'); if (live) live.textContent = text; };
  const t = (ko, en) => root.lang === 'en' ? en : ko;
  const points = x => x == null ? '–' : (100 * x).toFixed(1);
  const home = root.lang;

  // --- state ---
  const state = new Map();
  const invalid = [];
  const readHash = () => {
    state.clear();
    if (location.hash.startsWith('#!')) return;
    for (const part of location.hash.slice(1).split('&')) {
      const at = part.indexOf('=');
      if (at < 1) continue;
      try { state.set(part.slice(0, at), decodeURIComponent(part.slice(at + 1))); } catch { invalid.push(part.slice(0, at)); }
    }
  };
  const order = ['v', 'lang', 'theme', 'm', 'ref', 't', 'from', 'to', 'sort'];
  const hashText = keys => {
    const place = k => { const i = order.indexOf(k); return i < 0 ? order.length : i; };
    const pairs = [...state].filter(([k, v]) => v !== '' && (!keys || keys.includes(k)));
    pairs.sort((a, b) => place(a[0]) - place(b[0]) || (a[0] < b[0] ? -1 : 1));
    return pairs.length ? '#' + pairs.map(([k, v]) => k + '=' + encodeURIComponent(v)).join('&') : '';
  };
  const put = (key, value, push) => {
    value == null || value === '' ? state.delete(key) : state.set(key, String(value));
    const url = hashText() || location.pathname + location.search;
    push ? history.pushState(null, '', url) : history.replaceState(null, '', url);
    links();
  };
  const links = () => $$('a[data-page]').forEach(a => { a.setAttribute('href', a.dataset.page + hashText(['lang', 'theme'])); });

  // --- language and theme ---
  const applyLook = () => {
    const lang = state.get('lang');
    root.lang = lang === 'ko' || lang === 'en' ? lang : home;
    root.dataset.theme = ['light', 'dark'].includes(state.get('theme')) ? state.get('theme') : 'auto';
    for (const e of $$('[data-ko-aria-label]')) e.setAttribute('aria-label', e.getAttribute(`data-${root.lang}-aria-label`));
    for (const e of $$('option[data-ko]')) e.textContent = e.dataset[root.lang];
    document.title = root.dataset[root.lang === 'en' ? 'titleEn' : 'titleKo'];
    if (lang && root.lang !== lang) invalid.push('lang');
  };
  $('#lang').onclick = () => { const next = root.lang === 'ko' ? 'en' : 'ko'; put('lang', next === home ? '' : next, true); restore(); };
  $('#theme').onclick = () => {
    const dark = root.dataset.theme === 'dark' || (root.dataset.theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
    put('theme', dark ? 'light' : 'dark', true);
    restore();
  };

  // --- sorting: stable, missing values last ---
  const headsOf = table => [...[...table.tHead.rows].pop().cells];
  const sortTable = (table, index, direction) => {
    const heads = headsOf(table);
    heads.forEach((h, i) => { i === index ? h.setAttribute('aria-sort', direction) : h.removeAttribute('aria-sort'); });
    const sign = direction === 'ascending' ? 1 : -1;
    const keyOf = row => { const c = row.cells[index]; const v = c && c.dataset.v; return v === undefined ? (c ? c.textContent.trim() : '') : v === '' ? null : +v; };
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter(r => !r.classList.contains('section')).map((r, i) => [keyOf(r), i, r]);
      rows.sort((a, b) => a[0] === null || b[0] === null ? (a[0] === null) - (b[0] === null) || a[1] - b[1]
        : sign * (typeof a[0] === 'number' ? a[0] - b[0] : a[0].localeCompare(b[0], root.lang)) || a[1] - b[1]);
      rows.forEach(r => body.append(r[2]));
    }
    say(heads[index].textContent.trim() + ' ' + (direction === 'ascending' ? t('오름차순', 'ascending') : t('내림차순', 'descending')));
  };
  for (const table of $$('table.sortable')) {
    headsOf(table).forEach((head, i) => {
      const button = $('button', head);
      if (button) button.onclick = () => {
        const now = head.getAttribute('aria-sort');
        const direction = now ? (now === 'descending' ? 'ascending' : 'descending') : (head.dataset.first || 'ascending');
        sortTable(table, i, direction);
        put('sort', `${table.id}.${i}.${direction === 'ascending' ? 'a' : 'd'}`, true);
      };
    });
  }
  const applySort = () => {
    const found = /^([\w-]+)\.(\d+)\.([ad])$/.exec(state.get('sort') || '');
    if (!found) return;
    const table = document.getElementById(found[1]);
    if (table && table.tHead && $('button', headsOf(table)[+found[2]] || table.tHead)) sortTable(table, +found[2], found[3] === 'a' ? 'ascending' : 'descending');
    else invalid.push('sort');
  };

  // --- filters: an element with data-f="key:value key:value" shows when all chosen values agree ---
  const controls = $$('[data-key]');
  const applyFilters = () => {
    const chosen = {};
    for (const c of controls) {
      if (c.type === 'checkbox') root.classList.toggle(c.dataset.key, c.checked);
      else if (c.value) chosen[c.dataset.key] = c.value;
    }
    let shown = 0;
    for (const e of $$('[data-f]')) {
      const has = e.dataset.f.split(' ');
      e.hidden = Object.entries(chosen).some(([k, v]) => has.some(h => h.startsWith(k + ':')) && !has.includes(k + ':' + v));
      if (!e.hidden && e.tagName === 'TR') ++shown;
    }
    return shown;
  };
  const restoreControls = () => {
    for (const c of controls) {
      const value = state.get(c.dataset.key);
      if (c.type === 'checkbox') c.checked = value === undefined ? c.defaultChecked : value === '1';
      else {
        const options = [...c.options].map(o => o.value);
        if (value !== undefined && !options.includes(value)) invalid.push(c.dataset.key);
        c.value = options.includes(value) ? value : ([...c.options].find(o => o.defaultSelected) || c.options[0] || {}).value;
      }
    }
  };
  for (const c of controls) c.addEventListener('change', () => {
    const standard = c.type === 'checkbox' ? c.defaultChecked : ([...(c.options || [])].find(o => o.defaultSelected) || (c.options || [])[0] || {}).value;
    const value = c.type === 'checkbox' ? c.checked : c.value;
    put(c.dataset.key, value === standard ? '' : c.type === 'checkbox' ? (value ? 1 : 0) : value, true);
    say(t(`${applyFilters()}행 표시`, `${applyFilters()} rows shown`));
    refresh.forEach(f => f());
  });
  const refresh = [];
  $$('[data-copy]').forEach(b => { b.onclick = async () => { try { await navigator.clipboard.writeText(location.href); say(t('링크를 복사했다', 'Link copied')); } catch { say(location.href); } }; });
  const restore = () => {
    invalid.length = 0;
    readHash();
    applyLook();
    restoreControls();
    applyFilters();
    applySort();
    refresh.forEach(f => f());
    const note = $('#invalid');
    note.hidden = !invalid.length;
    note.textContent = t('주소의 일부를 무시했다: ', 'Ignored in the address: ') + [...new Set(invalid)].join(', ');
    links();
  };
  // A menu closes when the reader goes elsewhere.
  const leave = e => $$('nav [open]').forEach(d => { d.open = e.key ? e.key !== 'Escape' : d.contains(e.target); });
  ['click', 'keydown'].forEach(what => addEventListener(what, leave));
  addEventListener('hashchange', restore);
  addEventListener('popstate', restore);
  return { $, $$, make, data, say, t, points, state, invalid, put, refresh, restore };
})();
