// Needs site.js before it.
(() => {
  const { $, make, data, t, points, state, invalid, put, refresh } = jangwon;
  // --- statistics: mean, standard error over questions or their clusters, effective-n Wilson (the same as harness/stats) ---
  const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
  const Z = 1.959963984540054;
  const tQuantile = df => df <= 10 ? T[df - 1] : Z + (Z ** 3 + Z) / (4 * df) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * df * df);
  const wilson = (p, n) => {
    const mid = (p + Z * Z / (2 * n)) / (1 + Z * Z / n), half = Z / (1 + Z * Z / n) * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    return [p === 0 ? 0 : mid - half, p === 1 ? 1 : mid + half];
  };
  const estimate = (means, clusters) => {
    const n = means.length;
    if (!n) return null;
    const p = means.reduce((a, b) => a + b, 0) / n, sums = new Map();
    means.forEach((m, i) => { const key = (clusters && clusters[i]) || i; sums.set(key, (sums.get(key) || 0) + m - p); });
    const c = sums.size, se = c > 1 ? Math.sqrt(c / (c - 1) * [...sums.values()].reduce((a, s) => a + s * s, 0)) / n : 0;
    const eff = se && p > 0 && p < 1 ? Math.min(2 * n, p * (1 - p) / se ** 2 * (Z / tQuantile(c - 1)) ** 2) : n;
    return { p, n, ci: wilson(p, eff) };
  };
  window.jangwonStatistics = { estimate, wilson, tQuantile };

  // --- a window of dates ---
  const w = data.window, body = $('#window tbody'), ends = ['from', 'to'].map(k => [$(`#${k}`), $(`#${k}-range`)]);
  const months = [...ends[0][0].options].map(o => o.value);
  const draw = () => {
    const [from, to] = ends.map(e => e[0].value);
    const filters = [...document.querySelectorAll('[id^=filter-]')].map(select => select.value);
    const keep = w.items.map((item, i) => [item, i]).filter(([item]) => (!from || item[0].slice(0, 7) >= from) && (!to || item[0].slice(0, 7) <= to) && filters.every((value, k) => !value || item[2 + k] === value));
    $('#window-n').textContent = t(`${keep.length}문항`, `${keep.length} problems`) + (keep.length < 30 ? t(' · 30문항보다 적어 순위를 매기지 않음', ' · fewer than 30: not ranked') : keep.length < 100 ? t(' · 100문항보다 적어 주의', ' · fewer than 100: take care') : '');
    body.replaceChildren(...w.models.map(model => {
      const asked = keep.filter(([, i]) => model.scores[i] != null), means = asked.map(([, i]) => model.scores[i]);
      const late = model.released && from && model.released.slice(0, 7) >= from;
      const found = estimate(means, asked.map(([item]) => item[1])), row = make('tr');
      row.append(make('th', model.name), make('td', found ? points(found.p) : '–', 'num'), make('td', found ? `[${points(found.ci[0])}, ${points(found.ci[1])}]` : '–', 'num ci'), make('td', String(means.length), 'num'), make('td', late ? t('오염 가능: 창이 시작된 뒤 공개됨, 순위 제외', 'possibly contaminated: released after the window opens; unranked') : ''));
      row.cells[0].scope = 'row';
      if (late) row.className = 'mut';
      return row;
    }));
  };
  ends.forEach(([select, range], k) => {
    const key = k ? 'to' : 'from';
    range.max = months.length - 1;
    select.onchange = () => { range.value = select.selectedIndex; put(key, select.selectedIndex === (k ? months.length - 1 : 0) ? '' : select.value, true); draw(); };
    range.oninput = () => { select.selectedIndex = +range.value; put(key, select.value, false); draw(); };
    refresh.push(() => { const v = state.get(key); if (v && !months.includes(v)) invalid.push(key); select.value = months.includes(v) ? v : months[k ? months.length - 1 : 0]; range.value = select.selectedIndex; });
  });
  refresh.push(draw);
})();
