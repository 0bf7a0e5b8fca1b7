// The widget on a tenant's page: a floating button, and a modal form when it is pressed, in a
// shadow
// root. It makes no global but one mark, touches nothing of the page but its own element, and stays
// silent when anything about the page is not as expected.

import { makeDialog } from "./dialog";
import { element } from "./dom";
import { keptDraft } from "./send";
import { Language, chooseLanguage, settings } from "./settings";

const mark = "__flead_widget"; // loaded twice: the first one stays

function scriptOrigin(): string {
  const script = document.currentScript as HTMLScriptElement | null;
  const found = script || document.querySelector<HTMLScriptElement>('script[src*="/w/pk_"]');
  return new URL(found!.src).origin;
}

// A sheet made in script is allowed by a strict Content-Security-Policy; a <style> is what older
// browsers understand.
function addStyle(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(settings.css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(element("style", {}, settings.css));
  }
}

function start(origin: string): void {
  const only = Object.keys(settings.texts);
  const language = only.length > 1 ? chooseLanguage() : (only[0] as Language);
  const host = document.createElement("flead-widget");
  const root = host.attachShadow({ mode: "open" });
  const launcher = element(
    "button",
    { type: "button", class: "launcher primary", "aria-haspopup": "dialog" },
    settings.texts[language]!.button,
  );
  let open: (() => void) | undefined;
  const prepare = () => (open = open || makeDialog(root, launcher, origin, language));
  launcher.onclick = () => prepare()();
  addStyle(root);
  root.append(launcher);
  document.body.append(host);
  if (keptDraft()) prepare();
}

try {
  const marked = window as unknown as Record<string, boolean>;
  if (!marked[mark]) {
    marked[mark] = true;
    const origin = scriptOrigin(); // only known while the script runs
    const safely = () => {
      try {
        start(origin);
      } catch {}
    };
    if (document.body) safely();
    else document.addEventListener("DOMContentLoaded", safely);
  }
} catch {}
