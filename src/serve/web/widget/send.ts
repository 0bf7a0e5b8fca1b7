// One filled form on its way to the server: the request, what its answer means, and what is kept
// of it. A form that was never sent is kept in memory only. Once a visitor has ticked the consent,
// and pressed Send, the request also goes into this tab's sessionStorage, so that a reload or the
// next page of the site can still deliver it; it is removed when the server has answered, and after
// an hour.

import type { Proof } from "./proof";
import { settings } from "./settings";

export interface Draft {
  key: string; // Idempotency-Key: the same for each try of the same words
  body: string; // the words
  elapsed_ms: number; // between opening the form and pressing Send
  proof?: Partial<Proof>; // made for the first try; a key has one body, so later ones keep it
  at: number;
}

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export type Outcome =
  | { kind: "done"; id: string; bookingUrl: string }
  | { kind: "invalid"; errors: FieldError[] }
  | { kind: "failed"; network: boolean; retry: boolean; afterMs: number };

const storageKey = "flead:" + settings.key;
const keepMs = 3600e3;
const timeoutMs = 15e3;

function makeKey(): string {
  return crypto.getRandomValues(new Uint8Array(16)).join("");
}

// Storage may be switched off or full; then a draft lives as long as the page.
export function keepDraft(draft: Draft | null): void {
  try {
    if (draft) sessionStorage.setItem(storageKey, JSON.stringify(draft));
    else sessionStorage.removeItem(storageKey);
  } catch {}
}

export function keptDraft(): Draft | null {
  try {
    const draft = JSON.parse(sessionStorage.getItem(storageKey) || "null") as Draft | null;
    if (draft && draft.at > Date.now() - keepMs) return draft;
  } catch {}
  keepDraft(null);
  return null;
}

// The same words keep their key; other words are another request.
export function makeDraft(body: string, elapsed_ms: number, last: Draft | null): Draft {
  return last && last.body === body ? last : { key: makeKey(), body, elapsed_ms, at: Date.now() };
}

export async function send(origin: string, draft: Draft): Promise<Outcome> {
  const { body, elapsed_ms, proof } = draft;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    const reply = await fetch(origin + "/api/v1/leads", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Authorization": "Bearer " + settings.key,
        "Idempotency-Key": draft.key,
      },
      credentials: "omit",
      keepalive: true,
      signal: stop.signal,
      body: JSON.stringify({ ...JSON.parse(body), elapsed_ms, proof }),
    });
    const text = await reply.text(); // cut short: an exception, so a network failure
    let json: any = {};
    try {
      json = JSON.parse(text) || {};
    } catch {}
    const status = reply.status;
    if (reply.ok) return { kind: "done", id: json.id || "", bookingUrl: json.booking_url || "" };
    if (status === 422) {
      return {
        kind: "invalid",
        errors: json.errors || [{ field: "", code: json.code, message: "" }],
      };
    }
    const retry = status >= 500 || status === 429;
    if (!retry) console.warn("flead: " + status + " " + (json.code || ""));
    const afterMs = 1e3 * Number(reply.headers.get("Retry-After"));
    return { kind: "failed", network: false, retry, afterMs: afterMs > 0 ? afterMs : 0 };
  } catch {
    return { kind: "failed", network: true, retry: true, afterMs: 0 };
  } finally {
    clearTimeout(timer);
  }
}
