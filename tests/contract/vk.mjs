// A request against VK's description of its API: methods with parameters, and objects that are
// almost JSON Schema. A call is a form; an object in it ("keyboard") is a text of JSON.
import { compiler, fromText, readJson } from "./schema.mjs";

const error = (at, says) => ({ at, says });

export function vk(document) {
  const named = Object.assign({}, ...Object.values(document.definitions));
  const compile = compiler(named);
  const methods = new Map(document.methods.map((method) => [method.name, method]));
  const validators = new Map();

  function validate(key, schema, value) {
    if (!validators.has(key)) validators.set(key, compile(schema));
    return validators.get(key)(value);
  }

  function checkParameter(method, parameter, text) {
    const { $ref, name, required, ...schema } = parameter;
    const key = `${method}.${name}`;
    if ($ref && schema.type === "string") {
      const { value, errors } = readJson(text, name);
      if (errors.length > 0) return errors;
      return validate(key, { $ref }, value).map((one) => error(name + one.at, one.says));
    }
    // A form has no true: flags are 1 and 0.
    const flag = schema.type === "boolean" && ["0", "1"].includes(text) ? text === "1" : undefined;
    const value = flag ?? fromText(text, schema);
    return validate(key, schema, value).map((one) => error(name, one.says));
  }

  function checkForm(method, form) {
    const { name, parameters = [] } = method;
    const errors = [];
    for (const given of new Set(form.keys())) {
      const known = given === "v" || parameters.some((one) => one.name === given);
      if (!known) errors.push(error(given, "is no parameter of this method"));
      if (form.getAll(given).length > 1) errors.push(error(given, "is there twice"));
    }
    if (form.get("v") !== document.version) errors.push(error("v", `is not ${document.version}`));
    for (const parameter of parameters) {
      const text = form.get(parameter.name);
      if (text !== null) errors.push(...checkParameter(name, parameter, text));
      if (text === null && parameter.required) errors.push(error(parameter.name, "is missing"));
    }
    return errors;
  }

  return (request) => {
    const url = new URL(request.url);
    const method = methods.get(url.pathname.replace(/^\/method\//, ""));
    if (url.origin !== "https://api.vk.ru" || url.search) {
      return [error(url.origin, "is not https://api.vk.ru/method/<method>")];
    }
    if (!method) return [error(url.pathname, "is no method of the document")];
    const { headers } = request;
    const errors = [];
    if (!method.access_token_type.includes("group")) {
      errors.push(error(method.name, "is not for a community's token"));
    }
    if (!/^Bearer \S+$/.test(headers.authorization ?? "")) {
      errors.push(error("authorization", "has no token"));
    }
    if (request.method !== "POST" ||
        headers["content-type"] !== "application/x-www-form-urlencoded") {
      errors.push(error("content-type", "VK reads forms, sent by POST"));
    }
    return [...errors, ...checkForm(method, new URLSearchParams(request.body))];
  };
}
