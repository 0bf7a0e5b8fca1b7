// A request against the description of the Bot API: lists of methods and types with their fields,
// and no JSON Schema. Types are in its own words ("Array of Array of InlineKeyboardButton"), limits
// are in its sentences ("1-4096 characters", "1-64 bytes", "Values between 1-100").
import { readJson } from "./schema.mjs";

const error = (at, says) => ({ at, says });
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const plain = {
  Integer: Number.isSafeInteger,
  Float: Number.isFinite,
  String: (value) => typeof value === "string",
  Boolean: (value) => typeof value === "boolean",
  True: (value) => value === true,
};

function checkLimits(value, { description }, at) {
  const within = (size, [, least, most]) => size >= Number(least) && size <= Number(most);
  const limits = [
    // Telegram counts UTF-16 units, as JavaScript does.
    [/(\d+)-(\d+) characters/, () => value.length],
    [/(\d+)-(\d+) bytes/, () => Buffer.byteLength(value)],
    [/[Vv]alues between (\d+)-(\d+)/, () => value],
  ];
  return limits.flatMap(([words, measure]) => {
    const found = description.match(words);
    if (!found || within(measure(), found)) return [];
    return [error(at, `is not "${found[0]}"`)];
  });
}

export function telegram(document) {
  const { methods, types } = document;

  function checkType(value, type, at) {
    if (plain[type]) return plain[type](value) ? [] : [error(at, `is no ${type}`)];
    if (type.startsWith("Array of ")) {
      if (!Array.isArray(value)) return [error(at, "is no array")];
      const item = type.slice("Array of ".length);
      return value.flatMap((one, i) => checkType(one, item, `${at}/${i}`));
    }
    if (!types[type]) return [error(at, `${type} is not in the document`)];
    const { subtypes, fields = [] } = types[type];
    if (subtypes) return checkAny(value, subtypes, at);
    if (!isObject(value)) return [error(at, `is no ${type}`)];
    const errors = checkFields(value, fields, at);
    return type === "InlineKeyboardButton" ? [...errors, ...checkButton(value, at)] : errors;
  }

  // The errors of the alternative that fits best.
  function checkAny(value, alternatives, at) {
    const tries = alternatives.map((type) => checkType(value, type, at));
    return tries.sort((a, b) => a.length - b.length)[0];
  }

  function checkFields(value, fields, at) {
    const errors = Object.keys(value).flatMap((name) =>
      fields.some((field) => field.name === name) ? [] : [error(`${at}/${name}`, "is unknown")]);
    for (const field of fields) {
      const path = `${at}/${field.name}`;
      const given = value[field.name];
      if (given === undefined) {
        if (field.required) errors.push(error(path, "is missing"));
        continue;
      }
      const wrong = checkAny(given, field.types, path);
      errors.push(...(wrong.length > 0 ? wrong : checkLimits(given, field, path)));
      if (field.name === "allowed_updates") errors.push(...checkUpdates(given, path));
    }
    return errors;
  }

  // "Exactly one of the fields other than text, icon_custom_emoji_id, and style."
  function checkButton(value, at) {
    const looks = ["text", "icon_custom_emoji_id", "style"];
    const actions = Object.keys(value).filter((name) => !looks.includes(name));
    return actions.length === 1 ? [] : [error(at, "does not have exactly one action")];
  }

  // "See Update for a complete list of available update types."
  function checkUpdates(names, at) {
    if (!Array.isArray(names)) return [];
    const known = types.Update.fields.map((field) => field.name).filter((n) => n !== "update_id");
    return names.filter((name) => !known.includes(name))
      .map((name) => error(at, `${name} is no type of update`));
  }

  return (request) => {
    const url = new URL(request.url);
    const path = url.pathname.match(/^\/bot\d+:[\w-]+\/(\w+)$/);
    if (url.origin !== "https://api.telegram.org" || !path || url.search) {
      return [error(url.origin, "is not https://api.telegram.org/bot<TOKEN>/<method>")];
    }
    const method = methods[path[1]];
    if (!method) return [error(path[1], "is no method of the document")];
    if (request.method !== "POST" || request.headers["content-type"] !== "application/json") {
      return [error("content-type", "a body is sent by POST as application/json")];
    }
    const { value, errors } = readJson(request.body, "/");
    if (errors.length > 0) return errors;
    if (!isObject(value)) return [error("/", "is no object")];
    return checkFields(value, method.fields ?? [], "");
  };
}
