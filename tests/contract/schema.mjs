// Schemas as OpenAPI 3.0, OpenAPI 3.1 and VK's own description write them, made into JSON Schema
// that is stricter than they are: an object that lists its members may have no others, so that a
// member with a wrong name is an error and not an extra.
//
// `allOf` is merged first: most of these documents' parts are objects that would forbid each
// other's members. A `discriminator` becomes one `if`/`then` for each type, whose errors are about
// the type that was meant, where `oneOf` would name all of them.
import Ajv from "ajv";
import addFormats from "ajv-formats";

const copied = [
  "type", "enum", "const", "pattern", "format", "minimum", "maximum", "exclusiveMinimum",
  "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
  "maxProperties", "not",
];

const nameOf = (ref) => ref.split("/").at(-1);
const typesOf = (discriminator) =>
  Object.entries(discriminator.mapping).map(([type, ref]) => [type, nameOf(ref.$ref ?? ref)]);

function mergeTwo(first, second) {
  if (first.$ref || second.$ref) return second;
  const properties = { ...first.properties };
  for (const [name, schema] of Object.entries(second.properties ?? {})) {
    properties[name] = properties[name] ? mergeTwo(properties[name], schema) : schema;
  }
  const required = [first, second].flatMap((one) =>
    Array.isArray(one.required) ? one.required : []);
  const out = { ...first, ...second, required };
  if (Object.keys(properties).length > 0) out.properties = properties;
  return out;
}

// `named`: schemas by name. Returns `(schema) => (value) => errors`, each {at, says}.
export function compiler(named) {
  // The schema without `allOf` and `$ref` at its top. A variant of a discriminated schema inherits
  // its members, and must not ask for the variant again: `owner` is the variant's name.
  function flat(schema, owner) {
    if (schema.$ref) return flat(resolved(schema), owner);
    const { allOf = [], ...own } = schema;
    const whole = [...allOf.map((part) => flat(part, owner)), own].reduce(mergeTwo, {});
    if (whole.discriminator?.mapping &&
        typesOf(whole.discriminator).some(([, name]) => name === owner)) {
      delete whole.discriminator;
    }
    delete whole.additionalProperties;
    // A list of members without one word on others is closed; `true` or a schema leaves it open.
    if (own.additionalProperties) whole.additionalProperties = own.additionalProperties;
    return whole;
  }

  function resolved({ $ref }) {
    const schema = named[nameOf($ref)];
    if (!schema) throw new Error(`the document has no ${$ref}`);
    return schema;
  }

  function branches(whole, keyword, convertOne) {
    const { [keyword]: list, ...rest } = whole;
    return list.map((branch) =>
      convertOne(mergeTwo(rest, branch.$ref ? resolved(branch) : branch),
        branch.$ref && nameOf(branch.$ref)));
  }

  function convert(schema, owner) {
    if (schema.$ref) {
      resolved(schema);
      return { $ref: `#/$defs/${nameOf(schema.$ref)}` };
    }
    const whole = flat(schema, owner);
    let out = {};
    if (whole.discriminator?.mapping) {
      const member = whole.discriminator.propertyName;
      const types = typesOf(whole.discriminator);
      out = {
        type: "object",
        required: [member],
        properties: { [member]: { enum: types.map(([type]) => type) } },
        allOf: types.map(([type, name]) => ({
          if: { required: [member], properties: { [member]: { const: type } } },
          then: named[name] ? { $ref: `#/$defs/${name}` } : false,
        })),
      };
    } else if (whole.oneOf || whole.anyOf) {
      const keyword = whole.oneOf ? "oneOf" : "anyOf";
      out = { [keyword]: branches(whole, keyword, convert) };
    } else {
      for (const name of copied) if (name in whole) out[name] = whole[name];
      if (whole.items) out.items = convert(whole.items);
      if (whole.properties) closeMembers(whole, out);
      else if (typeof whole.additionalProperties === "object") {
        out.additionalProperties = convert(whole.additionalProperties);
      }
    }
    if (whole.nullable) return { anyOf: [{ type: "null" }, out] };
    return out;
  }

  function closeMembers(whole, out) {
    const members = Object.entries(whole.properties);
    out.type ??= "object";
    out.properties = Object.fromEntries(members.map(([name, one]) => [name, convert(one)]));
    const { additionalProperties: others = false } = whole;
    out.additionalProperties = typeof others === "object" ? convert(others) : others;
    // OpenAPI lists the needed members in the object, VK marks each of them.
    const marked = members.filter(([, one]) => one.required === true).map(([name]) => name);
    out.required = [...new Set([...(whole.required ?? []), ...marked])];
  }

  const $defs = Object.fromEntries(
    Object.entries(named).map(([name, schema]) => [name, convert(schema, name)]));
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats(ajv);
  ajv.addSchema({ $id: "document", $defs });

  return (schema) => {
    const text = JSON.stringify(convert(schema)).replaceAll('"#/$defs/', '"document#/$defs/');
    const validate = ajv.compile(JSON.parse(text));
    return (value) => {
      if (validate(value)) return [];
      return validate.errors
        .filter(({ keyword }) => keyword !== "if")
        .map(({ instancePath, message, params }) => ({
          at: instancePath || "/",
          says: message + (params.additionalProperty ? ` (${params.additionalProperty})` : ""),
        }));
    };
  };
}

// A value that came as text (a query, a form) as `schema` means it; what does not fit stays text,
// which then has the wrong type.
export function fromText(text, schema) {
  const types = [schema.type].flat();
  if (types.includes("integer") && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (types.includes("number") && text.trim() !== "" && Number.isFinite(Number(text))) {
    return Number(text);
  }
  if (types.includes("boolean") && ["true", "false"].includes(text)) return text === "true";
  if (types.includes("array")) {
    return text.split(",").map((item) => fromText(item, schema.items ?? {}));
  }
  return text;
}

// A JSON text, or the error that it is none.
export function readJson(text, at) {
  try {
    return { value: JSON.parse(text), errors: [] };
  } catch {
    return { errors: [{ at, says: "is no JSON" }] };
  }
}
