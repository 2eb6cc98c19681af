// The column picker of the overview. Needs site.js before it.
(() => {
  const { $$, state, put, refresh } = jangwon;
  // Columns: a box data-column="x" hides the cells data-c="x".
  for (const box of $$('[data-column]')) box.onchange = () => {
    put('hide', $$('[data-column]').filter(b => !b.checked).map(b => b.dataset.column).join(','), true);
    applyColumns();
  };
  const applyColumns = () => {
    const hidden = (state.get('hide') || '').split(',');
    for (const box of $$('[data-column]')) box.checked = !hidden.includes(box.dataset.column);
    for (const cell of $$('[data-c]')) cell.hidden = hidden.includes(cell.dataset.c);
    // A group's heading is as wide as what is left of it.
    for (const head of $$('[data-over]')) {
      const left = head.dataset.over.split(' ').filter(c => !hidden.includes(c)).length;
      head.hidden = !left;
      head.colSpan = left || 1;
    }
  };

  refresh.push(applyColumns);
})();
