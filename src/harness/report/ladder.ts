/** The error ladder: a chart, where accuracy is lost in words, and the numbers. */
import type { Drop, Rung } from "../summary/types.ts";
import { shotsOf, type ReportContext } from "./context.ts";
import { html, jsonScript, nothing, type Html } from "./html.ts";
import { armMeaning, armName, bounds, count, fraction, measured, points } from "./words.ts";

const changes: Readonly<Record<string, readonly [part: string, change: string]>> = {
  "real-image/true-caption": ["Drawing", "FLUX from the true caption instead of the real image"],
  "true-caption/text-bridge": ["Reasoning", "the LVLM's text instead of the true caption"],
  "lvlm-text/decoder-text": ["Alignment as T5's decoder reads it", "its text instead of the LVLM's"],
  "text-bridge/thinkdiff-lvlm": ["Alignment as FLUX reads it", "aligned features instead of the LVLM's text"],
  "thinkdiff-lvlm/untrained-aligner": ["Without training", "an untrained aligner"],
  "thinkdiff-lvlm/shuffled-features": ["Without content", "another sample's features"],
};

function dropLine({ from, to, n, drop, ci95 }: Drop): Html {
  const settled = ci95[0] > 0 ? "costs" : ci95[1] < 0 ? "gains" : undefined;
  const size = settled === "gains" ? points(-drop, [-ci95[1], -ci95[0]], n) : points(drop, ci95, n);
  const [part, change] = changes[`${from}/${to}`]!;
  return settled ? html`<li><strong>${part}:</strong> ${change} ${settled} ${size}.</li>` : html`<li><strong>${part}:</strong> ${change} makes no difference that can be told: a drop of ${size}.</li>`;
}

/** Where accuracy is lost at a number of shots, in words. */
function inWords({ summary }: ReportContext, shots: number): Html {
  const ceiling = summary.ladder.find((rung) => rung.shots === shots && rung.rung === "real-image"), drops = summary.drops.filter((drop) => drop.shots === shots);
  const main = summary.ladder.find((rung) => rung.shots === shots && rung.rung === "thinkdiff-lvlm");
  if (!ceiling && drops.length === 0) return nothing;
  const seeded = summary.seedSpreads.some((spread) => spread.shots === shots && spread.arm === "thinkdiff-lvlm");
  const worst = drops.filter(({ from }) => from !== "thinkdiff-lvlm" && from !== "lvlm-text").sort((a, b) => b.drop - a.drop)[0];
  const lead = worst && worst.ci95[0] > 0 ? html`<p>Between the real image and ThinkDiff-LVLM the largest loss is <strong>${changes[`${worst.from}/${worst.to}`]![0].replace(/^./, (c) => c.toLowerCase())}</strong>: ${points(worst.drop, worst.ci95, worst.n)}.</p>` : nothing;
  return html`<h3>${shots} shots</h3>${lead}<ul class="words">
    ${ceiling ? html`<li><strong>Judging:</strong> on the benchmark's own images the judge finds both words in ${measured(ceiling.accuracy, ceiling.ci95, ceiling.n)}; no arm can be expected above that.</li>` : nothing}
    ${drops.map(dropLine)}
    ${seeded ? html`<li>ThinkDiff-LVLM's own accuracies are of all its training seeds; what is lost or gained against another arm is that of its first, whose aligner the other arms read.</li>` : nothing}
    ${main && main.heldOut.accuracy !== null ? html`<li><strong>Held-out targets:</strong> on pairs that the LVLM never had as an in-context target, ThinkDiff-LVLM reaches ${measured(main.heldOut.accuracy, main.heldOut.ci95!, main.heldOut.n)},
      against ${measured(main.accuracy, main.ci95, main.n)} on all.</li>` : nothing}
  </ul>`;
}

function rungRow(rung: Rung): Html {
  const { accuracy, ci95, n } = rung.heldOut;
  const held = rung.analytic ? "as all" : accuracy === null ? "no such sample" : `${fraction(accuracy)} ${bounds(ci95!)}, n = ${count(n)}`;
  return html`<tr><th scope="row">${armName(rung.rung)}<small>${armMeaning(rung.rung)}</small></th><td>${rung.shots}</td>
    <td>${rung.analytic ? `${fraction(rung.accuracy)}, exact` : `${fraction(rung.accuracy)} ${bounds(rung.ci95)}`}</td><td>${rung.analytic ? "by arithmetic" : count(rung.n)}</td><td>${held}</td></tr>`;
}

/** The chart's data: rungs top to bottom, one series per number of shots. */
function chartData({ summary }: ReportContext): unknown {
  const names = [...new Set(summary.ladder.map((rung) => rung.rung))].filter((name) => name !== "chance" && name !== "copy-query").concat("copy-query", "chance");
  const series = shotsOf(summary).map((shots) => ({
    shots,
    rungs: names.map((name) => {
      const rung = summary.ladder.find((r) => r.rung === name && r.shots === shots);
      return rung ? { accuracy: rung.accuracy, ci95: rung.ci95, n: rung.n, analytic: rung.analytic, heldOut: rung.analytic ? null : rung.heldOut } : null;
    }),
  }));
  return { labels: names.map(armName), series };
}

/** The ladder's section; nothing where no sample is scored. */
export function ladder(context: ReportContext): Html {
  const { summary } = context;
  if (summary.ladder.length === 0) return nothing;
  return html`<section id="ladder"><h2>Where accuracy is lost</h2>
    <p>Each rung of the ladder removes or adds one part of the system; what is lost between two rungs is lost in that part. Profile <strong>${summary.profile}</strong>.
      Bars are means of task accuracies, whiskers 95 % intervals by resampling targets, diamonds the targets held out of the LVLM's in-context training
      (their n and intervals are in the table).</p>
    <div class="chart tall"><canvas id="ladder-chart" role="img" aria-label="Bar chart of the accuracy on every rung of the error ladder; the table below holds the same numbers"></canvas></div>
    ${jsonScript("ladder-data", chartData(context))}
    <div class="columns">${shotsOf(summary).map((shots) => html`<div>${inWords(context, shots)}</div>`)}</div>
    <details><summary>The ladder in numbers</summary><div class="scroll"><table><caption>The error ladder. Profile <strong>${summary.profile}</strong>, mean of task accuracies, 95 % intervals.</caption>
      <thead><tr><th scope="col">Rung</th><th scope="col">Shots</th><th scope="col">Accuracy</th><th scope="col">n</th><th scope="col">On held-out targets</th></tr></thead><tbody>${summary.ladder.map(rungRow)}</tbody></table></div></details></section>`;
}
