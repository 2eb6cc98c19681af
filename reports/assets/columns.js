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
  };

  refresh.push(applyColumns);
})();
