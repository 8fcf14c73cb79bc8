// A reviewer's way through the pages, once in Arabic and once in English: sign in, claim, look, decide.
//
// node review.mjs --address http://127.0.0.1:8080 --reviewer-key KEY --shots FOLDER
// The server must have at least two cases that nobody holds.

import { check, inBrowser, inspect, picturesLoaded, readArguments, run } from "./harness.mjs";

const REASONS = {
  ar: { field: "reason_arabic", text: "الأدلة المعروضة لا تكفي لتأييد المخالفة." },
  en: { field: "reason_english", text: "What the pictures show does not carry the violation." },
};

async function signIn(page, values, language) {
  await page.goto(`${values.address}/${language}/sign-in`);
  await inspect(page, language, "sign-in", values.shots);
  await page.getByRole("textbox").or(page.locator("#key")).first().fill("rasid_wrong");
  await page.locator("main button").click();
  await page.getByRole("alert").waitFor();
  await page.locator("#key").fill(values["reviewer-key"]);
  await page.locator("main button").click();
  await page.waitForURL(`**/${language}/queue`);
  const cookies = await page.context().cookies();
  const session = cookies.find((cookie) => cookie.name.endsWith("rasid-session"));
  check(session?.httpOnly && session.sameSite === "Strict", "the session's cookie is not HttpOnly and SameSite=Strict");
}

async function claim(page, values, language) {
  await page.locator("tr[data-task]").first().waitFor();
  await inspect(page, language, "queue", values.shots);
  await page.locator("tr[data-task] form[action$='/claim'] button").first().click();
  await page.locator("#decision").waitFor();
}

async function look(page, values, language) {
  await picturesLoaded(page);
  const stage = page.locator("[data-stage]").first();
  await stage.focus();
  await page.keyboard.press("+");
  await page.waitForFunction(() => document.querySelector("[data-stage] img").style.transform.includes("scale(1.5)"));
  await page.keyboard.press("0");
  await page.waitForFunction(() => !document.querySelector("[data-stage]").hasAttribute("data-zoomed"));
  check((await page.locator("[data-seen='false']").count()) === 0, "a picture that was shown counts as not opened");
  for (const details of await page.locator("details").all()) await details.evaluate((one) => (one.open = true));
  await inspect(page, language, "case", values.shots);
}

async function decide(page, values, language) {
  const isManualCheck = (await page.locator("[name='verdict']").count()) > 0;
  await page.locator("h1").click();
  const groups = await page.locator("[data-verdicts]").count();
  for (let group = 0; group < groups; group += 1) await page.keyboard.press(isManualCheck ? "d" : "c");
  check((await page.locator("[data-verdicts] :checked").count()) >= 1, "a key chose no verdict");
  for (const group of await page.locator("[data-verdicts]").all()) {
    const last = isManualCheck ? group.getByRole("radio").first() : group.locator("[value='cancelled']");
    await last.check();
  }
  await page.locator("#decision button").click();
  await page.getByRole("alert").waitFor();
  check((await page.locator("[data-verdicts] :checked").count()) === groups, "a refused form lost what was entered");
  await inspect(page, language, "refused", values.shots);
  // The reason must be in the objection's language, whichever the reviewer reads the page in.
  for (const { field, text } of Object.values(REASONS)) await page.locator(`[name='${field}']`).fill(text);
  await page.locator("#decision button").click();
  await page.waitForURL(`**/${language}/queue`);
  await page.getByRole("status").waitFor();
  return isManualCheck ? "manual_check" : "objection";
}

async function signOut(page, values, language) {
  await page.locator("form[action$='/sign-out'] button").click();
  await page.goto(`${values.address}/${language}/queue`);
  await page.waitForURL(`**/${language}/sign-in`);
}

await run(async () => {
  const values = readArguments({ "reviewer-key": { type: "string", required: true } });
  const decided = [];
  for (const language of ["ar", "en"]) {
    await inBrowser(values, async (page) => {
      await signIn(page, values, language);
      await claim(page, values, language);
      await look(page, values, language);
      decided.push(await decide(page, values, language));
      await signOut(page, values, language);
    });
  }
  return { decided };
});
