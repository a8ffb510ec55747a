import { UserError } from "../files/userError.ts";

/** A server's address, model and key. */
export interface ServerSettings { readonly url: string; readonly model: string; readonly key: string | undefined }

/** Settings from <prefix>_URL, _MODEL and _KEY; undefined where no address is set, a UserError (exit code 2) where the address is none or the model is missing. */
export function serverSettings(env: Readonly<Record<string, string | undefined>>, prefix: string, does: string): ServerSettings | undefined {
  const [url, model, key] = ["URL", "MODEL", "KEY"].map((name) => env[`${prefix}_${name}`]);
  if (!url) return undefined;
  if (!/^https?:\/\//.test(url)) throw new UserError(`${prefix}_URL: expected an address such as http://localhost:8000/v1, found ${JSON.stringify(url)}`, 2);
  if (!model) throw new UserError(`${prefix}_URL is set without ${prefix}_MODEL; name the model that ${does}`, 2);
  return { url: url.replace(/\/+$/, ""), model, key };
}
