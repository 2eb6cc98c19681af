// Needs site.js before it.
(() => {
  const { $, make, data, t, state, put, refresh } = jangwon;
  // --- samples: a windowed list over the outcomes; transcripts come by classic script chunks, which file:// allows ---
  const chunks = {}, q = {};
  window.__jangwon = (name, records) => { chunks[name] = records; (q[name] || []).forEach(f => f()); };
  const load = name => new Promise((k, no) => {
    if (chunks[name]) return k(chunks[name]);
    (q[name] = q[name] || []).push(() => k(chunks[name]));
    const script = make('script');
    script.src = 'data/samples/' + name + '.js';
    script.onerror = () => no(new Error(name));
    document.head.append(script);
  });
  const longText = text => {
    const pre = make('pre', text.slice(0, 20000));
    pre.tabIndex = 0;
    if (text.length <= 20000) return [pre];
    const more = make('button', t(`전체 보기 (${text.length.toLocaleString()}자)`, `Show all (${text.length.toLocaleString()} characters)`));
    more.onclick = () => { pre.textContent = text; more.remove(); };
    return [pre, more];
  };
  const s = data.samples, list = $('#list'), view = $('#transcript'), task = $('#s-task'), pattern = $('#s-pattern'), category = $('#s-category');
  let rows = [];
  const mark = c => ({ 2: '●', 1: '◐', 0: '○', '-': '·', e: '⚠' }[c]);
  const draw = () => {
    const first = Math.max(0, Math.floor(list.scrollTop / 34) - 5), inner = list.firstElementChild;
    inner.style.height = rows.length * 34 + 'px';
    inner.replaceChildren(...rows.slice(first, first + 26).map((i, k) => {
      const b = make('button', s[task.value].models.map((m, j) => mark(s[task.value].outcomes[j][i])).join(' ') + '  ' + s[task.value].ids[i]);
      b.style.top = (first + k) * 34 + 'px';
      b.dataset.i = i;
      if (state.get('id') === s[task.value].ids[i]) b.setAttribute('aria-current', 'true');
      b.onclick = () => { put('id', s[task.value].ids[i], true); show(i); draw(); };
      return b;
    }));
  };
  const show = async i => {
    const now = s[task.value], nodes = [make('h3', now.ids[i])];
    for (let j = 0; j < now.models.length; ++j) {
      const where = now.chunks[j][i];
      nodes.push(make('h4', now.models[j] + ' ' + mark(now.outcomes[j][i])));
      if (!where) { nodes.push(make('p', t('이 표본의 글은 실리지 않았다.', 'The text of this sample is not included.'), 'mut')); continue; }
      try {
        const records = (await load(where)).filter(r => r.id === now.ids[i] && r.model === now.models[j]);
        for (const r of records) {
          nodes.push(make('p', `${r.verdict} · ${t('답', 'answer')} ${r.answer ?? '–'} · ${r.tokens} ${t('토큰', 'tokens')}` + (r.truncated ? t(' · 길이 초과', ' · truncated') : '') + (r.unterminated ? t(' · 사고 미종료', ' · unterminated thinking') : '') + (r.error ? ' · ' + r.error : ''), 'small'));
          if (r.prompt !== undefined) nodes.push(make('p', t('질문', 'Prompt'), 'mut small'), ...longText(r.prompt));
          if (r.text !== undefined) nodes.push(...longText(r.text));
        }
      } catch { nodes.push(make('p', t('파일을 읽지 못했다: ', 'Cannot read: ') + where)); }
    }
    view.replaceChildren(...nodes);
  };
  const choose = () => {
    const now = s[task.value];
    if (!now) return;
    const want = pattern.value, cat = category.value;
    rows = now.ids.map((_, i) => i).filter(i => {
      const o = now.outcomes.map(x => x[i]);
      if (cat && now.categories[i] !== cat) return false;
      if (want === 'mixed') return new Set(o.filter(c => c !== '-')).size > 1;
      if (want === 'none') return !o.includes('2') && !o.includes('1');
      if (want === 'error') return o.includes('e');
      return !want || o.every((c, j) => (String(j) === want.slice(5)) === (c === '2'));
    });
    $('#s-n').textContent = t(`${rows.length}문항`, `${rows.length} questions`);
    list.scrollTop = 0;
    draw();
    const at = now.ids.indexOf(state.get('id'));
    if (at >= 0) show(at); else view.replaceChildren(make('p', t('목록에서 문항을 고르면 여기에 글이 나온다.', 'Choose a question from the list.'), 'mut'));
  };
  list.onscroll = () => requestAnimationFrame(draw);
  const options = () => {
    const now = s[task.value];
    if (!now) return;
    const fill = (select, pairs) => { select.replaceChildren(...pairs.map(([v, text]) => { const o = make('option', text); o.value = v; return o; })); };
    fill(pattern, [['', t('모든 문항', 'all questions')], ['mixed', t('모델마다 다른 문항', 'models disagree')], ['none', t('아무도 못 맞힌 문항', 'nobody correct')], ['error', t('오류가 난 문항', 'with errors')], ...now.models.map((m, j) => ['only.' + j, t(`${m}만 정답`, `only ${m} correct`)])]);
    fill(category, [['', t('모든 분류', 'all categories')], ...[...new Set(now.categories)].filter(Boolean).sort().map(c => [c, c])]);
  };
  refresh.push(() => {
    task.value = s[state.get('t')] ? state.get('t') : Object.keys(s)[0] || '';
    options();
    for (const [select, key] of [[pattern, 'p'], [category, 'cat']]) select.value = [...select.options].some(o => o.value === state.get(key)) ? state.get(key) : '';
    choose();
  });
  task.onchange = () => { state.delete('p'); state.delete('cat'); state.delete('id'); put('t', task.value, true); refresh.forEach(f => f()); };
  pattern.onchange = () => { put('p', pattern.value, true); choose(); };
  category.onchange = () => { put('cat', category.value, true); choose(); };
})();
