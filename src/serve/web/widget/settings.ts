// What the server puts in front of the bundle: `((FLEAD) => { ... })({...})`. No global is made.

export type Language = "ru" | "en";
export type FieldName = "name" | "phone" | "email" | "message";
export type Texts = Record<string, string>;

export interface Settings {
  key: string; // pk_…
  tenant: string; // slug, for links to legal texts
  fields: FieldName[];
  required: FieldName[];
  consents: Consent[];
  policy: boolean; // a privacy policy is published
  proof: "off" | "auto" | "always"; // of work, for the server's spam.proof
  booking: boolean; // offer the booking link after success
  messengers: boolean; // ask for links into messengers after success
  locale: Language; // where the page does not say its language
  texts: Partial<Record<Language, Texts>>; // one language, or both when the page decides
  css: string;
}

export interface Consent {
  purpose: string;
  doc: string; // name of the legal text
  versions: Partial<Record<Language, string>>; // of the published text in each language
  required: boolean;
}

declare const FLEAD: Settings;
export const settings: Settings = FLEAD;

// The page's language when it is one of ours, else the browser's, else the tenant's.
export function chooseLanguage(): Language {
  for (const name of [document.documentElement.lang, navigator.language]) {
    const language = (name || "").slice(0, 2).toLowerCase();
    if (language === "ru" || language === "en") return language;
  }
  return settings.locale;
}
