// What both journeys need: arguments, a fresh browser, and the checks that every page must pass.

import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const NARROW = { width: 360, height: 780 };
const WIDE = { width: 1280, height: 900 };
const WAIT_MILLISECONDS = 15_000;
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const DIRECTIONS = { ar: "rtl", en: "ltr" };

export function readArguments(options) {
  const { values } = parseArgs({ options: { address: { type: "string" }, shots: { type: "string" }, browser: { type: "string" }, ...options } });
  for (const [name, { required }] of Object.entries({ address: { required: true }, shots: { required: true }, ...options })) {
    if (required && !values[name]) throw new Error(`--${name} is missing`);
  }
  mkdirSync(values.shots, { recursive: true });
  return values;
}

export function check(holds, message) {
  if (!holds) throw new Error(message);
}

// Gives `journey` a page in a browser of its own, and fails if any page of it complained.
export async function inBrowser(values, journey) {
  const profile = mkdtempSync(join(tmpdir(), "rasid-browser-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: values.browser ?? BROWSERS[0],
    viewport: WIDE,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
  try {
    browser.setDefaultTimeout(WAIT_MILLISECONDS);
    const complaints = [];
    await browser.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    const page = await browser.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" && !isExpected(message)) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(values.address)) complaints.push(`a page asked for ${request.url()}`);
    });
    const result = await journey(page);
    check(complaints.length === 0, `pages complained: ${complaints.join("; ")}`);
    return result;
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

// Chromium writes a line for every answer of 400 and above; the journeys provoke some on purpose.
function isExpected(message) {
  return /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text()) && !message.location().url.includes("/frames/");
}

// Language, direction, no sideways scrolling at either width, one heading, labelled fields; and a picture of it.
export async function inspect(page, language, name, shots) {
  const root = page.locator("html");
  check((await root.getAttribute("lang")) === language, `${name}: lang is not ${language}`);
  check((await root.getAttribute("dir")) === DIRECTIONS[language], `${name}: dir is not ${DIRECTIONS[language]}`);
  check((await page.locator("h1").count()) === 1, `${name}: not exactly one main heading`);
  const unlabelled = await page.$$eval("input:not([type=hidden]), select, textarea", (fields) => fields.filter((field) => field.labels.length === 0).map((field) => field.name));
  check(unlabelled.length === 0, `${name}: fields without a label: ${unlabelled}`);
  const unnamed = await page.$$eval("img", (images) => images.filter((image) => !image.alt).length);
  check(unnamed === 0, `${name}: ${unnamed} pictures without a text`);
  for (const [width, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
    await page.setViewportSize(viewport);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    check(content <= window, `${name}: scrolls sideways at ${viewport.width} px (${content} > ${window})`);
    await page.screenshot({ path: join(shots, `${name}-${language}-${width}.png`), fullPage: true });
  }
  await page.setViewportSize(WIDE);
}

export async function picturesLoaded(page) {
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  const broken = await page.$$eval("img", (images) => images.filter((image) => image.naturalWidth === 0).map((image) => image.src));
  check(broken.length === 0, `pictures did not load: ${broken}`);
}

// One JSON line on success, the reason on failure.
export async function run(journey) {
  try {
    console.log(JSON.stringify(await journey()));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
