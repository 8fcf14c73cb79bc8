// A citizen's way through the pages: find a violation, see it, object, follow, ask for a person.
//
// node citizen.mjs --address http://127.0.0.1:8080 --violation REFERENCE --plate EG-STN-7126 --shots FOLDER

import { check, inBrowser, inspect, picturesLoaded, readArguments, run } from "./harness.mjs";

const LANGUAGE = "ar";
const ARABIC_LETTERS = { A: "أ", B: "ب", G: "ج", D: "د", R: "ر", S: "س", C: "ص", T: "ط", E: "ع", F: "ف", K: "ق", L: "ل", M: "م", N: "ن", H: "ه", W: "و", Y: "ى" };

// An Egyptian key is typed in Arabic letters, a Saudi one by its Latin row.
function plateAsTyped(key) {
  const [country, one, two] = key.split("-");
  return country === "EG"
    ? { country, letters: [...one].map((letter) => ARABIC_LETTERS[letter] ?? letter).join(" "), digits: two }
    : { country, letters: two, digits: one };
}

async function find(page, values, reference) {
  const plate = plateAsTyped(values.plate);
  await page.locator("#reference").fill(reference);
  await page.locator("#country").selectOption(plate.country);
  await page.locator("#letters").fill(plate.letters);
  await page.locator("#digits").fill(plate.digits);
  await page.locator("main button").click();
}

async function object(page, values) {
  await page.goto(`${values.address}/${LANGUAGE}/violations`);
  await inspect(page, LANGUAGE, "find", values.shots);
  await find(page, values, "V-0000-0000-0000-00000");
  await page.getByRole("alert").waitFor();
  await find(page, values, values.violation);
  await page.waitForURL(`**/violations/${values.violation}`);
  await picturesLoaded(page);
  check(!page.url().includes(values.plate), "the address holds the plate");
  await inspect(page, LANGUAGE, "violation", values.shots);
  await page.locator("a[href$='/objection']").click();
  await page.locator("input[name=ground][value=G25]").check();
  await page.locator("#document").fill("123");
  await page.locator("#story").fill("لم أكن أقود في ذلك الوقت.");
  await page.locator("main form button").click();
  await page.getByRole("alert").waitFor();
  check((await page.locator("#story").inputValue()) !== "", "a refused form lost the story");
  await inspect(page, LANGUAGE, "object", values.shots);
  await page.locator("#document").fill("");
  await page.locator("main form button").click();
  await page.waitForURL("**/objections/B-**");
}

async function follow(page, values) {
  await page.getByRole("status").waitFor();
  await inspect(page, LANGUAGE, "objection", values.shots);
  const reference = new URL(page.url()).pathname.split("/").pop();
  await page.goto(`${values.address}/${LANGUAGE}/objections`);
  await find(page, values, reference);
  await page.waitForURL(`**/objections/${reference}`);
  return reference;
}

await run(async () => {
  const values = readArguments({ violation: { type: "string", required: true }, plate: { type: "string", required: true } });
  return inBrowser(values, async (page) => {
    await object(page, values);
    return { objection: await follow(page, values) };
  });
});
