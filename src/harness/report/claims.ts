import type { ReportContext } from "./context.ts";
import { html, nothing, type Html } from "./html.ts";

const evidenceText = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(Number(value.toPrecision(4))) : JSON.stringify(value));

/** The paper's claims with their verdicts; nothing where no claim was tested. */
export function claims({ summary }: ReportContext): Html {
  if (summary.claims.length === 0) return nothing;
  return html`<section id="claims">
    <h2>The paper's claims</h2>
    <div class="scroll"><table>
      <caption>Profile ${summary.profile}. A verdict holds for this profile alone.</caption>
      <thead><tr><th scope="col">Claim</th><th scope="col" class="text">Verdict</th><th scope="col" class="text evidence">Evidence</th></tr></thead>
      <tbody>${summary.claims.map((claim) => html`<tr>
        <th scope="row" class="text">${claim.statement}</th>
        <td class="text"><span class="verdict ${claim.verdict.replaceAll(" ", "-")}">${claim.verdict}</span></td>
        <td class="text">${Object.entries(claim.evidence).map(([name, value]) => html`<div><span class="muted">${name}</span> ${evidenceText(value)}</div>`)}</td></tr>`)}</tbody>
    </table></div>
  </section>`;
}
