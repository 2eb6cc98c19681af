// Needs site.js before it.
(() => {
  const { $, $$, make, data, points, state, put, refresh } = jangwon;
  // --- weights of the tasks ---
  const inputs = $$('[data-weight]');
  const draw = () => {
    const w = inputs.map(i => +i.value), sum = w.reduce((a, b) => a + b, 0);
    inputs.forEach(i => { i.nextElementSibling.textContent = i.value; });
    const scored = data.weights.map(m => [m.name, sum ? m.values.reduce((a, v, i) => a + (w[i] ? v * w[i] : 0), 0) / sum : NaN]).sort((a, b) => b[1] - a[1]);
    $('#weighted').replaceChildren(...scored.map(([name, v]) => make('li', `${name} · ${isNaN(v) ? '–' : points(v)}`)));
  };
  inputs.forEach(i => { i.oninput = () => { put('w', inputs.map(x => x.value).join(','), false); draw(); }; });
  refresh.push(() => { const v = (state.get('w') || '').split(','); inputs.forEach((i, k) => { i.value = v.length === inputs.length && /^\d+$/.test(v[k]) ? v[k] : 10; }); draw(); });
})();
