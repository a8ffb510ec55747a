/** The ledger: the paper's sentences, what became of them here, and by which rules. */
import { ruleTexts } from "../claims/rules.ts";
import type { Claim, ClaimEvidence, Summary, Verdict } from "../summary/types.ts";
import { evidenceInWords } from "./evidence.ts";
import { html, nothing, type Html } from "./html.ts";
import { scaleCurve } from "./scaleCurve.ts";
import { bounds, count, pText, signed } from "./words.ts";

/** Evidence that has a place of its own in the table, or stands in its words. */
const placed = new Set(["sentence", "section", "effect", "ci95", "p", "pHolm", "family", "n", "clusters", "published", "publishedFrom", "minimumDetectable", "nToDecide", "mcnemar", "designEffect", "seeds", "seedSpread", "mark", "rule", "note", "caveats", "scale", "scales", "verdict"]);

const verdictBadge = (verdict: Verdict, mark: string | undefined): Html => html`<span class="verdict ${verdict.replaceAll(" ", "-")}">${verdict}</span>${mark ? html`<small>${mark}</small>` : nothing}`;

/** What effects are differences of, what intervals resample, and the rules of verdicts. */
interface LedgerWords {
  readonly of: string;
  readonly clusters: string;
  readonly rules: readonly string[];
}

const ofCobsat: LedgerWords = { of: "accuracies", clusters: "targets", rules: ruleTexts };

function sampleSize({ n, clusters, minimumDetectable, nToDecide }: ClaimEvidence, words: LedgerWords): Html {
  if (n === undefined) return html`–`;
  return html`${count(n)}${clusters === undefined ? nothing : html`<small>${count(clusters)} ${words.clusters}</small>`}${
    minimumDetectable === undefined || minimumDetectable === null ? nothing : html`<small>can find ${minimumDetectable.toFixed(3)}</small>`}${nToDecide ? html`<small>${count(nToDecide)} to decide</small>` : nothing}`;
}

function pCell({ p, pHolm, mcnemar }: ClaimEvidence): Html {
  if (p === undefined || p === null) return html`–`;
  const exact = (mcnemar as { readonly p: number } | undefined)?.p;
  return html`<b>${pHolm === null || pHolm === undefined ? "–" : pText(pHolm)}</b><small>raw ${pText(p)}</small>${exact === undefined ? nothing : html`<small>McNemar ${pText(exact)}</small>`}`;
}

const caveatLines = ({ caveats = [] }: ClaimEvidence): Html =>
  (caveats.length === 0 ? nothing : html`<details><summary>choices that this is about as well</summary>${caveats.map((line) => html`<div class="muted">${line}</div>`)}</details>`);

function notes(evidence: ClaimEvidence): Html {
  const { note, publishedFrom, seeds, seedSpread, rule } = evidence;
  const own = seeds && seeds.length > 0 ? `by training seed: ${seeds.map(({ seed, effect }) => `${seed}: ${signed(effect)}`).join(", ")}${seedSpread === null || seedSpread === undefined ? "" : ` (standard deviation ${seedSpread.toFixed(3)})`}` : undefined;
  return html`${[note, own, publishedFrom as string | undefined].filter((x) => x !== undefined).map((line) => html`<div>${line}</div>`)}${
    Object.entries(evidence).filter(([name, value]) => !(placed.has(name) && (name !== "published" || typeof value === "number")) && value !== undefined && value !== null).flatMap(([name, value]) => evidenceInWords(name, value)).map((line) => html`<div>${line}</div>`)}${
    caveatLines(evidence)}${
    rule === undefined ? nothing : html`<details><summary>rule</summary>${rule}</details>`}`;
}

function cells(verdict: Verdict, evidence: ClaimEvidence, words: LedgerWords): Html {
  const { effect, ci95, published, publishedFrom, mark } = evidence;
  return html`<td class="text">${verdictBadge(verdict, mark)}</td><td>${effect === undefined ? "–" : signed(effect)}</td><td>${ci95 ? bounds(ci95) : "–"}</td>
    <td>${published === undefined || typeof published !== "number" ? "–" : signed(published)}${publishedFrom === undefined ? nothing : html`<small>not printed, see notes</small>`}</td><td>${pCell(evidence)}</td><td>${sampleSize(evidence, words)}</td><td class="text">${notes(evidence)}</td>`;
}

function rows({ id, statement, verdict, evidence }: Claim, words: LedgerWords): Html {
  const { sentence, section, scales, untestedScales = [] } = evidence;
  const head = html`<th scope="row" class="text" id="claim-${id}">${statement}${sentence ? html`<small>“${sentence}” (${section ?? ""})</small>` : nothing}</th>`;
  if (!scales) return html`<tr>${head}${cells(verdict, evidence, words)}</tr>`;
  return html`<tr>${head}<td class="text">${verdictBadge(verdict, undefined)}</td><td colspan="6" class="text">at each scale of T5's final norm, below${untestedScales.length > 0 ? html`<div>not testable here at norm ${untestedScales.map((scale) => `× ${scale}`).join(" and ")}: the verdict is that of the other scales</div>` : nothing}${scaleCurve(scales)}${caveatLines(evidence)}</td></tr>
    ${scales.map((one) => html`<tr class="scale"><th scope="row" class="text">norm × ${one.scale ?? 1}</th>${cells(one.verdict, one, words)}</tr>`)}`;
}

/** The paper's claims with their verdicts and the rules; nothing where no claim was tested. */
export function claims({ summary }: { readonly summary: Pick<Summary, "claims" | "profile"> }, words = ofCobsat): Html {
  if (summary.claims.length === 0) return nothing;
  return html`<section id="claims">
    <h2>The paper's claims</h2>
    <div class="scroll"><table class="ledger">
      <caption>Profile <strong>${summary.profile}</strong>; a verdict holds for this profile alone. Effects and the paper's are differences of ${words.of}, positive in the paper's direction, their 95 % intervals by resampling ${words.clusters}; p by permuting ${words.clusters}, two-sided.</caption>
      <thead><tr><th scope="col">Claim</th><th scope="col" class="text">Verdict</th><th scope="col">Effect</th><th scope="col">95 % interval</th><th scope="col">Paper's</th><th scope="col">p, Holm</th><th scope="col">n</th><th scope="col" class="text evidence">Notes</th></tr></thead>
      <tbody>${summary.claims.map((claim) => rows(claim, words))}</tbody>
    </table></div>
    <details><summary>The rules of verdicts</summary><ol>${words.rules.map((text) => html`<li>${text}</li>`)}</ol></details>
  </section>`;
}
