// The modal form: what opens from the button, from the first word typed to the thanks. Made when it
// is first needed, so that a page pays for a button only.

import { element } from "./dom";
import { Form, makeForm } from "./form";
import type { Proof } from "./proof";
import { Draft, keepDraft, keptDraft, makeDraft, send } from "./send";
import { Language, Texts, settings } from "./settings";

const proofWaitMs = 4e3; // at Send, on a slow phone; then without
const triesMax = 20; // by itself: after 2, 4, 8, 16, 32, 60, 60 … s, then when the network is back

// Tab and Shift+Tab go round inside the dialog.
function trapFocus(event: KeyboardEvent, root: ShadowRoot, dialog: HTMLElement): void {
  if (event.key !== "Tab") return;
  const stops = Array.from(
    dialog.querySelectorAll<HTMLElement>("a[href],button,input,textarea"),
  ).filter((stop) => stop.tabIndex >= 0 && stop.getClientRects().length);
  const from = stops.indexOf(root.activeElement as HTMLElement);
  const last = stops.length - 1;
  if (event.shiftKey ? from <= 0 : from === last) {
    event.preventDefault();
    stops[event.shiftKey ? last : 0].focus();
  }
}

function pageData(language: Language): Record<string, unknown> {
  const utm: Record<string, string> = {};
  new URLSearchParams(location.search).forEach((value, name) => {
    if (/^utm_(source|medium|campaign|term|content)$/.test(name)) {
      utm[name.slice(4)] = value.slice(0, 2048);
    }
  });
  return {
    page_url: location.href.slice(0, 2048),
    referrer: document.referrer.slice(0, 2048),
    utm,
    locale: language,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

// Gives what opens it. A request that was left undelivered goes on its way at once.
export function makeDialog(
  root: ShadowRoot,
  launcher: HTMLElement,
  origin: string,
  language: Language,
): () => void {
  const texts: Texts = settings.texts[language]!;
  const heading = element("h2", { id: "title", tabindex: "-1" }, texts.title);
  const closer = element(
    "button",
    { type: "button", class: "close", "aria-label": texts.close },
    "×",
  );
  const content = element("div");
  const dialog = element(
    "dialog",
    { "aria-labelledby": "title" },
    element("div", { class: "card", lang: language }, closer, heading, content),
  );
  root.append(dialog);

  const form: Form = makeForm(texts, origin, language);
  let draft: Draft | null = null; // the last try, until it is answered
  let sending = false;
  let done = false;
  let shownAt = 0;
  let proof: Promise<Proof | null | undefined> | undefined;
  let tries = 0;
  let timer = 0; // the next try by itself; -1: none before the network is back

  function showForm(): void {
    done = false;
    shownAt = performance.now();
    heading.textContent = texts.title;
    content.replaceChildren(element("p", { class: "intro" }, texts.intro), form.element);
  }

  function showThanks(bookingUrl: string): void {
    done = true;
    heading.textContent = texts.done_title;
    content.replaceChildren(element("p", { class: "intro" }, texts.done_text));
    if (settings.booking && /^https?:/.test(bookingUrl)) {
      content.append(element("a", { class: "primary", href: bookingUrl }, texts.book));
    }
    const end = element("button", { type: "button", class: "plain" }, texts.close);
    end.onclick = () => dialog.close();
    content.append(end);
    if (settings.messengers) {
      import(origin + "/w/messengers.js")
        .then((module) => module.default(end, origin, settings.key, bookingUrl, language))
        .catch(() => 0); // the thanks are all there is, then
    }
    if (dialog.open) heading.focus();
  }

  // Work for the server's spam check, done while the person types. Nothing here may fail: a lead
  // without a proof is taken too.
  function prepareProof(): void {
    if (settings.proof === "off" || proof) return;
    proof = import(origin + "/w/proof.js")
      .then((module) => module.prove(origin, settings.key))
      .catch(() => (proof = undefined));
  }

  function stopWaiting(): void {
    clearTimeout(timer);
    timer = 0;
  }

  async function deliver(): Promise<void> {
    if (sending || !draft) return;
    sending = true;
    stopWaiting();
    form.busy(true);
    keepDraft(draft); // whoever leaves now finds it delivered, or sends it from the next page
    if (!draft.proof) {
      prepareProof();
      const late = new Promise<null>((resolve) => setTimeout(resolve, proofWaitMs));
      draft.proof = { ...(await Promise.race([proof, late])) };
      keepDraft(draft);
    }
    const outcome = await send(origin, draft);
    sending = false;
    form.busy(false);
    if (outcome.kind === "failed") {
      form.show([], outcome.network ? texts.error_network : texts.error_server);
      if (outcome.retry) {
        timer = -1;
        if (tries++ < triesMax) {
          timer = window.setTimeout(
            deliver,
            Math.max(Math.min(1e3 << tries, 6e4), outcome.afterMs),
          );
        }
      } else keepDraft(null);
      return;
    }
    draft = null;
    keepDraft(null);
    if (outcome.kind === "invalid") {
      form.show(outcome.errors);
      return;
    }
    form.reset();
    proof = undefined; // spent
    showThanks(outcome.bookingUrl);
    const detail = { id: outcome.id }; // nothing of the person
    document.dispatchEvent(new CustomEvent("flead:lead", { bubbles: true, detail }));
  }

  form.element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    const errors = form.check();
    form.show(errors);
    if (errors.length) return;
    const versions: Record<string, string> = {};
    for (const one of settings.consents) versions[one.purpose] = one.versions[language] || "";
    const consent = { purposes: form.purposes(), version: versions.processing, versions };
    draft = makeDraft(
      JSON.stringify({ ...form.values(), consent, ...pageData(language) }),
      Math.round(performance.now() - shownAt),
      draft,
    );
    tries = 0;
    deliver();
  });
  // Whoever goes on typing is not done: no try behind their back.
  form.element.addEventListener("input", stopWaiting);
  window.addEventListener("online", () => timer && deliver());

  closer.onclick = () => dialog.close();
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop: the card covers the rest
  });
  dialog.addEventListener("keydown", (event) => trapFocus(event, root, dialog));
  dialog.addEventListener("close", () => {
    if (done) showForm();
    launcher.focus();
  });

  showForm();
  draft = keptDraft(); // pressed Send on the page before, and the network was away
  if (draft) {
    const kept = JSON.parse(draft.body);
    form.fill(kept, kept.consent.purposes);
    deliver();
  }
  return () => {
    prepareProof();
    dialog.showModal();
    (done ? heading : form.element.querySelector<HTMLElement>("input,textarea")!).focus();
  };
}
