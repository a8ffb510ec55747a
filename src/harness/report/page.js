/* Draws the report's charts and filters its gallery. The data is in the page; nothing is fetched. */
"use strict";
(() => {
  const dataOf = (id) => { const element = document.getElementById(id); return element ? JSON.parse(element.textContent) : undefined; };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const series = (i) => colour(`series-${(i % 6) + 1}`);
  /* Beyond six series colours come again, in other strokes. */
  const stroke = (i) => [[], [8, 3], [2, 3]][Math.floor(i / 6) % 3];
  const faint = (hex) => `${hex}59`;
  const charts = [];
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

  const axis = (title, more = {}) => ({ title: { display: true, text: title, color: colour("muted") }, ticks: { color: colour("muted") }, grid: { color: colour("line") }, border: { color: colour("line") }, ...more });
  const common = () => ({ responsive: true, maintainAspectRatio: false, animation: false, plugins: { legend: { labels: { color: colour("ink"), boxWidth: 14 } } } });
  const percent = (x) => `${(100 * x).toFixed(1)} %`;

  /* Whiskers for intervals, diamonds for held-out targets; Chart.js has neither. */
  const marks = {
    id: "marks",
    afterDatasetsDraw(chart) {
      const { ctx, scales: { x } } = chart;
      chart.data.datasets.forEach((dataset, i) => chart.getDatasetMeta(i).data.forEach((bar, j) => {
        const rung = dataset.rungs[j];
        if (!rung || rung.analytic || !chart.isDatasetVisible(i)) return;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = colour("ink");
        ctx.lineWidth = 1.2;
        const [low, high] = rung.ci95.map((v) => x.getPixelForValue(v)), y = bar.y, cap = Math.min(4, bar.height / 3);
        ctx.beginPath();
        ctx.moveTo(low, y); ctx.lineTo(high, y);
        for (const end of [low, high]) { ctx.moveTo(end, y - cap); ctx.lineTo(end, y + cap); }
        ctx.stroke();
        if (rung.heldOut && rung.heldOut.accuracy !== null) {
          const at = x.getPixelForValue(rung.heldOut.accuracy);
          ctx.beginPath();
          ctx.moveTo(at, y - 5); ctx.lineTo(at + 5, y); ctx.lineTo(at, y + 5); ctx.lineTo(at - 5, y); ctx.closePath();
          ctx.fillStyle = colour("raised");
          ctx.fill(); ctx.stroke();
        }
        ctx.restore();
      }));
    },
  };

  function drawLadder() {
    const data = dataOf("ladder-data"), canvas = document.getElementById("ladder-chart");
    if (!data || !canvas) return;
    const tell = (rung) => {
      if (rung.analytic) return `${percent(rung.accuracy)} by arithmetic`;
      const held = rung.heldOut, lines = [`${percent(rung.accuracy)} (95 %: ${percent(rung.ci95[0])} to ${percent(rung.ci95[1])}, n = ${rung.n})`];
      if (held && held.accuracy !== null) lines.push(`held-out: ${percent(held.accuracy)} (${percent(held.ci95[0])} to ${percent(held.ci95[1])}, n = ${held.n})`);
      return lines;
    };
    charts.push(new Chart(canvas, {
      type: "bar",
      data: {
        labels: data.labels,
        datasets: data.series.map(({ shots, rungs }, i) => ({ label: `${shots} shots`, data: rungs.map((rung) => rung && rung.accuracy), rungs, backgroundColor: faint(series(i)), borderColor: series(i), borderWidth: 1, barPercentage: 0.85, categoryPercentage: 0.78 })),
      },
      options: {
        ...common(), indexAxis: "y",
        scales: { x: axis("accuracy (both halves right)", { min: 0, max: 1, ticks: { color: colour("muted"), callback: (v) => `${Math.round(100 * v)} %` } }), y: axis("", { title: { display: false }, ticks: { color: colour("ink"), autoSkip: false }, grid: { display: false } }) },
        plugins: { ...common().plugins, tooltip: { callbacks: { label: (item) => [].concat(`${item.dataset.label}:`, tell(item.dataset.rungs[item.dataIndex])) } } },
      },
      plugins: [marks],
    }));
  }

  function drawLosses() {
    const all = dataOf("loss-data");
    if (all) for (const canvas of document.querySelectorAll("canvas[data-loss]")) drawLoss(canvas, all[Number(canvas.dataset.loss)]);
  }

  /* An arm's name in the legend stands for all its seeds; its other entries for themselves. */
  function toggleArm(_, { datasetIndex }, { chart }) {
    const { label } = chart.data.datasets[datasetIndex], shown = chart.isDatasetVisible(datasetIndex);
    chart.data.datasets.forEach((dataset, i) => { if (dataset.label === label || (dataset.arm === label && !dataset.label.includes(": diverged"))) chart.setDatasetVisibility(i, !shown); });
    chart.update();
  }

  /* One entry an arm. */
  const armLegend = (labels) => ({ onClick: toggleArm, labels: { color: colour("ink"), boxWidth: 14, filter: (item, data) => !data.datasets[item.datasetIndex].hide, sort: (a, b) => a.datasetIndex - b.datasetIndex, ...labels } });

  function drawLoss(canvas, { axis: title, curves }) {
    const scale = document.querySelector("input[name=loss-scale]:checked").value, raw = document.getElementById("loss-raw").checked;
    const manySeeds = curves.some(({ nth }) => nth > 0), arms = curves.filter(({ nth }) => nth === 0).length;
    const line = ({ name, seed, nth }, kind, points, style) => ({ arm: name, label: `${name}${kind}`, tip: `${name}${manySeeds ? `, seed ${seed}` : ""}${kind}`, hide: nth > 0, data: points.map(([x, y]) => ({ x, y })), pointRadius: 0, borderWidth: nth > 0 ? 1 : 2, spanGaps: false, ...style });
    const datasets = curves.flatMap((curve) => {
      const { points, heldOut, broke, colour: own, nth } = curve;
      return [
        line(curve, "", points.map(([step, , smooth]) => [step, smooth]), { borderColor: series(own), backgroundColor: series(own), borderDash: stroke(own), order: 1 }),
        ...(heldOut.length > 0 ? [line(curve, ", held-out captions", heldOut, { hide: nth > 0 || arms > 3, borderColor: series(own), backgroundColor: colour("raised"), borderDash: [5, 4], pointRadius: nth > 0 ? 0 : 3, order: 0 })] : []),
        ...(broke ? [line(curve, ": diverged", [[broke.step, broke.loss]], { borderColor: colour("wrong"), backgroundColor: colour("wrong"), pointStyle: "crossRot", pointRadius: 9, pointBorderWidth: 3, order: -1 })] : []),
        ...(raw ? [line(curve, ", single steps", points.map(([step, loss]) => [step, loss]), { borderColor: faint(series(own)), borderWidth: 1, order: 2, hide: true })] : []),
      ];
    });
    charts.push(new Chart(canvas, {
      type: "line",
      data: { datasets },
      options: {
        ...common(), parsing: false, interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: { x: axis("step", { type: "linear", min: 0 }), y: axis(title, { type: scale, ticks: { color: colour("muted"), maxTicksLimit: 8, callback: (v) => Number(v.toPrecision(3)) } }) },
        plugins: {
          tooltip: { callbacks: { label: ({ dataset: { tip }, parsed: { y } }) => `${tip}: ${Number(y.toPrecision(4))}` } },
          legend: armLegend(),
        },
      },
    }));
  }

  /* Whiskers from 5 to 95 %, the median as a line, and a line across where all would be alike. */
  const spreadMarks = {
    id: "spreadMarks",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea, scales: { x } } = chart, { spreads, same } = chart.data.datasets[0];
      ctx.save();
      ctx.strokeStyle = colour("ink");
      chart.getDatasetMeta(0).data.forEach((bar, i) => {
        if (!spreads[i]) return;
        const [low, q1, middle, q3, high] = spreads[i].map((v) => x.getPixelForValue(v)), half = bar.height / 2;
        ctx.lineWidth = 1.2;
        ctx.beginPath();
        for (const [from, to] of [[low, q1], [q3, high]]) { ctx.moveTo(from, bar.y); ctx.lineTo(to, bar.y); }
        for (const end of [low, high]) { ctx.moveTo(end, bar.y - half / 2); ctx.lineTo(end, bar.y + half / 2); }
        ctx.stroke();
        ctx.lineWidth = 2.4;
        ctx.beginPath(); ctx.moveTo(middle, bar.y - half); ctx.lineTo(middle, bar.y + half); ctx.stroke();
      });
      if (same !== undefined) {
        const at = x.getPixelForValue(same);
        ctx.lineWidth = 1; ctx.strokeStyle = colour("muted"); ctx.setLineDash([3, 3]);
        ctx.beginPath(); ctx.moveTo(at, chartArea.top); ctx.lineTo(at, chartArea.bottom); ctx.stroke();
      }
      ctx.restore();
    },
  };

  function drawSpread(canvas, { names, colours }, { axis: title, logarithmic, same, reference, rows }) {
    const labels = reference ? [reference[0], ...names] : names, spreads = reference ? [reference[1], ...rows] : rows, number = (v) => Number(v.toPrecision(3));
    const ends = spreads.filter(Boolean).flat().concat(same === undefined ? [] : [same]), low = Math.min(...ends), high = Math.max(...ends), room = 0.04 * (high - low) || 0.1;
    const own = (i) => (reference && i === 0 ? colour("muted") : series(colours[reference ? i - 1 : i]));
    charts.push(new Chart(canvas, {
      type: "bar",
      data: { labels, datasets: [{ data: spreads.map((s) => s && [s[1], s[3]]), spreads, same, backgroundColor: labels.map((_, i) => faint(own(i))), borderColor: labels.map((_, i) => own(i)), borderWidth: 1, borderSkipped: false, maxBarThickness: 16 }] },
      options: {
        ...common(), indexAxis: "y",
        scales: {
          x: axis(title, { type: logarithmic ? "logarithmic" : "linear", min: logarithmic ? low / 1.1 : low >= 0 && low < room ? 0 : low - room, max: logarithmic ? high * 1.1 : high + room, ticks: { color: colour("muted"), maxTicksLimit: 7, callback: number } }),
          y: axis("", { title: { display: false }, ticks: { color: colour("ink"), autoSkip: false, font: { size: 11 } }, grid: { display: false } }),
        },
        plugins: { legend: { display: false }, tooltip: { callbacks: { label: (item) => { const [a, b, c, d, e] = spreads[item.dataIndex].map(number); return [`median ${c}`, `middle half ${b} to ${d}`, `5 to 95 %: ${a} to ${e}`]; } } } },
      },
      plugins: [spreadMarks],
    }));
  }

  function drawDiagnostics() {
    const data = dataOf("diagnostics-data"), canvas = document.getElementById("entropy-chart");
    if (!data || !canvas) return;
    for (const place of document.querySelectorAll("canvas[data-spread]")) drawSpread(place, data, data.charts[Number(place.dataset.spread)]);
    const own = (reference, i) => (reference ? colour("ink") : series(data.colours[i - 1]));
    charts.push(new Chart(canvas, {
      type: "line",
      data: {
        labels: data.entropy[0].values.map((_, i) => `block ${i + 1}`),
        datasets: data.entropy.map(({ arm, name, nth, values, uniform, reference }, i) => ({ arm, label: arm, tip: name, hide: nth > 0, data: values, uniform, borderColor: own(reference, i), backgroundColor: own(reference, i), borderDash: reference ? [5, 4] : stroke(data.colours[i - 1]), borderWidth: nth > 0 ? 1 : 2, pointRadius: nth > 0 ? 2 : 3 })),
      },
      options: {
        ...common(),
        scales: { x: axis("", { title: { display: false }, offset: true }), y: axis("entropy (nats)", { beginAtZero: true }) },
        plugins: { legend: { position: "bottom", ...armLegend({ font: { size: 11 } }) }, tooltip: { callbacks: { label: (item) => `${item.dataset.tip}: ${item.parsed.y.toFixed(2)} (all alike: ${item.dataset.uniform.toFixed(2)})` } } },
      },
    }));
  }

  const intervals = {
    id: "intervals",
    beforeDatasetsDraw(chart) {
      const { ctx, scales: { y } } = chart;
      ctx.save();
      ctx.lineWidth = 1.2;
      chart.data.datasets.forEach((dataset, i) => {
        if (!chart.isDatasetVisible(i)) return;
        ctx.strokeStyle = dataset.borderColor;
        chart.getDatasetMeta(i).data.forEach(({ x }, j) => {
          const [, , low, high] = dataset.points[j];
          ctx.beginPath(); ctx.moveTo(x, y.getPixelForValue(low)); ctx.lineTo(x, y.getPixelForValue(high)); ctx.stroke();
        });
      });
      ctx.restore();
    },
  };

  function drawCurves() {
    for (const canvas of document.querySelectorAll("[data-curves]")) {
      const { axis: title, logarithmic, series: all } = dataOf(canvas.dataset.curves), points = all.flatMap((one) => one.points), values = [...new Set(points.map(([x]) => x))];
      const x = axis(title, { type: logarithmic ? "logarithmic" : "linear", ...(logarithmic ? {} : { min: 0 }), afterBuildTicks: (own) => { own.ticks = values.map((value) => ({ value })); }, ticks: { color: colour("muted"), callback: (v) => Number(v.toPrecision(2)) } });
      charts.push(new Chart(canvas, {
        type: "line",
        data: { datasets: all.map(({ name, dashed, colour: own, points: rows }) => ({ label: name, points: rows, data: rows.map(([at, y]) => ({ x: at, y })), borderColor: series(own), backgroundColor: series(own), borderDash: dashed ? [5, 4] : [], borderWidth: 2, pointRadius: 4 })) },
        options: { ...common(), parsing: false, scales: { x, y: axis("accuracy (both halves right)", { min: 0, suggestedMax: Math.max(...points.map(([, , , high]) => high)), ticks: { color: colour("muted"), callback: (v) => `${Math.round(100 * v)} %` } }) } },
        plugins: [intervals],
      }));
    }
  }

  function draw() {
    while (charts.length > 0) charts.pop().destroy();
    drawLadder();
    drawLosses();
    drawDiagnostics();
    drawCurves();
  }

  function filterGallery(form) {
    const { task, shots, arm, outcome, only, first } = form.elements, items = [...document.querySelectorAll("#gallery article")];
    if (first) {
      items.forEach((item, i) => { item.dataset.place ??= String(i); });
      const share = (item) => (first.checked ? JSON.parse(item.dataset.shares)[arm.value] ?? 2 : 0);
      for (const item of [...items].sort((a, b) => share(a) - share(b) || a.dataset.place - b.dataset.place)) item.parentElement.append(item);
    }
    let shown = 0;
    for (const item of items) {
      const found = JSON.parse(item.dataset.outcomes)[arm.value];
      const fits = outcome.value === "" || found === outcome.value || (outcome.value === "failed" && found !== undefined && found !== "correct");
      item.hidden = !(fits && (task.value === "" || item.dataset.task === task.value) && (!shots || shots.value === "" || item.dataset.shots === shots.value));
      for (const figure of item.querySelectorAll("[data-arm]")) {
        figure.classList.toggle("chosen", figure.dataset.arm === arm.value);
        figure.hidden = only.checked && figure.dataset.arm !== arm.value;
      }
      if (!item.hidden) shown++;
    }
    document.getElementById("gallery-count").textContent = `${shown} of ${items.length}`;
  }

  draw();
  for (const input of document.querySelectorAll("#training .controls input")) input.addEventListener("change", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const closed = [];
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) { closed.push(details); details.open = true; }
    draw();
    for (const chart of charts) chart.resize();
  });
  addEventListener("afterprint", () => { for (const details of closed.splice(0)) details.open = false; draw(); });
  const form = document.getElementById("gallery-filters");
  if (form) { form.addEventListener("change", () => filterGallery(form)); form.addEventListener("submit", (event) => event.preventDefault()); filterGallery(form); }
})();
