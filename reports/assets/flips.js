// Questions on which two rows differ. Needs site.js before it.
(() => {
  const { $, make, data, t, state, put, refresh } = jangwon;
  const picks = ['a', 'b', 't', 'flip'].map(k => [k, $('#d-' + k)]);
  const word = c => ({ 2: t('정답', 'correct'), 1: t('일부 정답', 'partly'), 0: t('오답', 'wrong'), e: t('오류', 'error') }[c]);
  const draw = () => {
    const [a, b, task, flip] = picks.map(p => p[1].value), now = data.flips[task];
    if (!now) return;
    const first = now.outcomes[a] || '', second = now.outcomes[b] || '', found = [];
    for (let i = 0; i < now.ids.length; ++i) {
      const x = first[i], y = second[i];
      if (!'012'.includes(x || '?') || !'012'.includes(y || '?') || x === y) continue;
      if ((flip === 'r2w' && x < y) || (flip === 'w2r' && x > y)) continue;
      found.push([now.ids[i], x, y]);
    }
    $('#d-n').textContent = t(`${found.length}문항이 다름`, `${found.length} questions differ`) + (found.length > 300 ? t(' · 300개만 표시', ' · 300 shown') : '');
    $('#flips').replaceChildren(...found.slice(0, 300).map(([id, x, y]) => {
      const li = make('li'), link = make('a', id);
      link.href = 'samples.html#t=' + encodeURIComponent(task) + '&id=' + encodeURIComponent(id);
      li.append(link, ' ' + word(x) + ' → ' + word(y));
      return li;
    }));
  };
  picks.forEach(([key, select]) => {
    const standard = select.value;
    select.onchange = () => { put(key, select.value === standard ? '' : select.value, true); draw(); };
    refresh.push(() => { const v = state.get(key); select.value = [...select.options].some(o => o.value === v) ? v : standard; });
  });
  refresh.push(draw);
})();
