// The form: its elements, what was typed, and errors beside their fields. No network here.

import { element } from "./dom";
import { FieldName, Language, Texts, settings } from "./settings";
import { FieldError } from "./send";

// Autocomplete tokens, which are also types that a browser knows or reads as text. No maxlength: a
// browser would cut a pasted text silently, the server says that it is too long.
const kinds: Record<FieldName, string> = {
  name: "name",
  phone: "tel",
  email: "email",
  message: "off",
};

interface Control {
  input: HTMLInputElement | HTMLTextAreaElement;
  error: HTMLElement;
}

export interface Form {
  element: HTMLFormElement;
  values(): Record<string, string>; // typed fields, trimmed, without empty ones
  purposes(): string[];
  fill(values: Record<string, unknown>, purposes: string[]): void;
  // Shows these errors and no others; focuses the first and says `note` aloud.
  show(errors: FieldError[], note?: string): void;
  check(): FieldError[];
  busy(on: boolean): void;
  reset(): void;
}

export function makeForm(texts: Texts, origin: string, language: Language): Form {
  const controls = new Map<string, Control>();
  const fields = settings.fields;
  const contacts: FieldName[] = fields.filter((name) => name === "phone" || name === "email");
  // A lone contact field is required in effect; of two, either is enough.
  const required = (name: FieldName): boolean =>
    settings.required.includes(name) || (contacts.length < 2 && contacts.includes(name));
  const either = !contacts.some(required);

  function register(name: string, input: Control["input"]): HTMLElement {
    const error = element("p", { class: "error", id: "error-" + name });
    input.setAttribute("aria-describedby", error.id);
    controls.set(name, { input, error });
    return error;
  }

  function makeField(name: FieldName): HTMLElement {
    const type = kinds[name];
    const input = element(name === "message" ? "textarea" : "input", {
      id: name,
      name,
      type,
      autocomplete: type,
      "aria-required": String(required(name)),
    });
    const label = element("label", { for: name }, texts[name]);
    if (!required(name) && !(either && contacts.includes(name))) {
      label.append(element("span", {}, " (" + texts.optional + ")"));
    }
    const made = element("div", {}, label, input, register(name, input));
    if (either && name === contacts[1]) {
      made.append(element("p", { class: "hint" }, texts.either));
    }
    return made;
  }

  function textLink(doc: string, words: string, version = ""): HTMLElement {
    const query = "?t=" + settings.tenant + "&lang=" + language + (version && "&v=" + version);
    return element("a", { href: origin + "/legal/" + doc + query, target: "_blank" }, words);
  }

  function makeConsent(consent: (typeof settings.consents)[number]): HTMLElement {
    const id = "consent-" + consent.purpose;
    const box = element("input", {
      type: "checkbox",
      id,
      "aria-required": String(consent.required),
    });
    const [before, link, after] = (texts["consent_" + consent.purpose] || "").split(/[[\]]/);
    const label = element("label", { for: id }, before);
    const version = consent.versions[language];
    if (link) label.append(version ? textLink(consent.doc, link, version) : link, after || "");
    return element("div", {}, element("div", { class: "box" }, box, label), register(id, box));
  }

  const trap = element("input", { name: "website", tabindex: "-1", autocomplete: "off" });
  const note = element("p", { class: "note", role: "alert" });
  const submit = element("button", { type: "submit", class: "primary" }, texts.submit);
  const form = element("form", { novalidate: true });
  form.append(
    ...fields.map(makeField),
    element("div", { class: "trap", "aria-hidden": "true" }, trap),
    ...settings.consents.map(makeConsent),
    note,
    submit,
  );
  if (settings.policy) {
    form.append(element("p", { class: "hint" }, textLink("policy", texts.policy)));
  }

  const typed = (name: string): string => controls.get(name)?.input.value.trim() || "";

  // Where an error of the server goes: its field, or the one that its code is about.
  function place(error: FieldError): Control | undefined {
    const field = error.code === "consent_required" ? "consent-processing" : error.field;
    return controls.get(field) ||
      (error.code === "contact_required" ? controls.get(contacts[0]) : undefined);
  }

  return {
    element: form,
    values() {
      const values: Record<string, string> = {};
      for (const name of fields) if (typed(name)) values[name] = typed(name);
      if (trap.value) values.website = trap.value;
      return values;
    },
    purposes() {
      return settings.consents
        .map((consent) => consent.purpose)
        .filter((name) => (controls.get("consent-" + name)!.input as HTMLInputElement).checked);
    },
    fill(values, purposes) {
      for (const name of fields) {
        if (values[name]) controls.get(name)!.input.value = String(values[name]);
      }
      for (const name of purposes) {
        const box = controls.get("consent-" + name);
        if (box) (box.input as HTMLInputElement).checked = true;
      }
    },
    show(errors, text = "") {
      const messages = new Map<Control, string>();
      for (const error of errors) {
        const control = place(error);
        const message = texts["error_" + error.code] || error.message || texts.error_check;
        if (control) messages.set(control, message);
        else text = message;
      }
      let first: HTMLElement | undefined; // the uppermost gets the focus
      controls.forEach((control) => {
        const message = messages.get(control) || "";
        control.input.setAttribute("aria-invalid", String(!!message));
        control.error.textContent = message;
        if (message) first = first || control.input;
      });
      note.textContent = text || (first ? texts.error_check : "");
      if (first) first.focus();
    },
    check() {
      const errors: FieldError[] = [];
      const add = (field: string, code: string) => errors.push({ field, code, message: "" });
      for (const name of fields) {
        if (required(name) && !typed(name)) add(name, "required");
      }
      if (either && !contacts.some(typed)) add(contacts[0], "contact_required");
      if (typed("phone") && typed("phone").replace(/\D/g, "").length < 5) {
        add("phone", "phone_invalid");
      }
      if (typed("email") && !/^\S+@\S+\.\S+$/.test(typed("email"))) add("email", "email_invalid");
      for (const { purpose, required: needed } of settings.consents) {
        const box = controls.get("consent-" + purpose)!.input as HTMLInputElement;
        if (needed && !box.checked) add("consent-" + purpose, "consent_required");
      }
      return errors;
    },
    busy(on) {
      // aria-disabled, not disabled: a disabled button would lose the focus.
      submit.setAttribute("aria-disabled", String(on));
      submit.textContent = on ? texts.sending : texts.submit;
    },
    reset() {
      form.reset();
      this.show([]);
    },
  };
}
