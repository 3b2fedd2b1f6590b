// Opens handouts in Chromium as people do: on a desk, on a phone, in the dark, magnified, with
// the keyboard, on paper. node --test check.mjs, with CHROMIUM (the program) and HANDOUTS (a
// folder that handouts.py filled) in the environment.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FOLDER = process.env.HANDOUTS;
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".html"));
const PAPER = { Letter: [612, 792], A4: [595, 842] }; // in points
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 320, height: 640 };

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
});
after(() => browser?.close());

/** Opens a file, hands its page to `use`, and sees that nothing else was asked for or said. */
async function open(file, options, use) {
  const page = await browser.newPage({ viewport: DESK, ...options });
  const address = pathToFileURL(join(FOLDER, file)).href;
  const noise = [];
  page.on("request", (request) => request.url() === address || noise.push(request.url()));
  page.on("console", (message) => noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  page.on("dialog", (dialog) => noise.push(dialog.message()));
  try {
    await page.goto(address);
    await use(page);
    assert.deepEqual(noise, []);
  } finally {
    await page.close();
  }
}

/** What reaches out of the page sideways. */
async function tooWide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    return [...document.querySelectorAll("body *:not(.skip)")]
      .filter((part) => part.getBoundingClientRect().right > width + 0.5)
      .map((part) => part.outerHTML.slice(0, 100))
      .concat(document.documentElement.scrollWidth > width ? ["the page"] : []);
  });
}

async function violations(page) {
  const found = await page.evaluate(() =>
    globalThis.axe.run({
      rules: { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } },
    }),
  );
  assert.ok(found.passes.length > 10);
  return [...found.violations, ...found.incomplete].map(
    (rule) => `${rule.id}: ${rule.help}\n${rule.nodes.map((node) => node.html).join("\n")}`,
  );
}

function pagesOf(pdf) {
  const text = pdf.toString("latin1");
  const [, ...box] = /\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/.exec(text);
  return { count: text.match(/\/Type\s*\/Page\b/g).length, size: box.map(Number).map(Math.floor) };
}

assert.equal(FILES.length, 5);
for (const file of FILES) {
  describe(file, () => {
    test("axe finds nothing, light and dark, wide and narrow", () =>
      open(file, {}, async (page) => {
        await page.evaluate(AXE);
        for (const viewport of [DESK, PHONE]) {
          await page.setViewportSize(viewport);
          for (const colorScheme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme });
            assert.deepEqual([colorScheme, viewport, ...(await violations(page))], [
              colorScheme,
              viewport,
            ]);
          }
        }
      }));

    test("fits 320 pixels, also with wider spacing", () =>
      open(file, { viewport: PHONE }, async (page) => {
        assert.deepEqual(await tooWide(page), []);
        await page.addStyleTag({
          content:
            "* { line-height: 1.5 !important; letter-spacing: 0.12em !important;" +
            " word-spacing: 0.16em !important } p { margin-bottom: 2em !important }",
        });
        assert.deepEqual(await tooWide(page), []);
      }));

    test("grows to 200 %, as a whole or its text alone", async () => {
      const zoomed = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 };
      await open(file, zoomed, async (page) => assert.deepEqual(await tooWide(page), []));
      await open(file, {}, async (page) => {
        const size = () =>
          page.evaluate(() => parseFloat(getComputedStyle(document.querySelector("p")).fontSize));
        const normal = await size();
        assert.ok(normal >= 16);
        await page.addStyleTag({ content: "html { font-size: 225% !important }" });
        assert.equal(await size(), 2 * normal);
        assert.deepEqual(await tooWide(page), []);
      });
    });

    test("the first key leads past the heading", () =>
      open(file, {}, async (page) => {
        const skip = page.getByRole("link", { name: "Skip to the text" });
        assert.ok((await skip.boundingBox()).y < 0);
        await page.keyboard.press("Tab");
        assert.ok((await skip.boundingBox()).y >= 0);
        await page.keyboard.press("Enter");
        assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      }));

    test("what to do in an emergency is read out as it is written", () =>
      open(file, {}, async (page) => {
        for (const box of await page.locator(".when_to_call").all()) {
          const heading = box.getByRole("heading");
          assert.match(await heading.ariaSnapshot(), /^- heading "[^!]*When to call for help/);
          const style = await box.evaluate((part) => getComputedStyle(part).borderTopWidth);
          assert.ok(parseFloat(style) >= 3);
        }
      }));

    test("prints black on white, an article a sheet, with addresses", () =>
      open(file, { viewport: { width: 680, height: 900 }, colorScheme: "dark" }, async (page) => {
        await page.emulateMedia({ media: "print" });
        const seen = await page.evaluate(() => {
          const parts = [document.documentElement, ...document.querySelectorAll("body, body *")];
          const styles = parts.map((part) => getComputedStyle(part));
          const links = [...document.querySelectorAll(".about a")];
          return {
            inks: [...new Set(styles.map((style) => style.color))],
            papers: [...new Set(styles.map((style) => style.backgroundColor))],
            breaks: [...document.querySelectorAll("article")].map(
              (part) => getComputedStyle(part).breakBefore,
            ),
            unbroken: [...document.querySelectorAll("section")].every((part) => {
              const long = [...part.querySelectorAll("ul, ol")].some((list) => list.children.length > 15);
              return getComputedStyle(part).breakInside === (long ? "auto" : "avoid");
            }),
            addresses: links.map((link) => getComputedStyle(link, "::after").content),
            expected: links.map((link) => JSON.stringify(`: ${link.getAttribute("href")}`)),
          };
        });
        assert.deepEqual(seen.inks, ["rgb(0, 0, 0)"]);
        assert.deepEqual(seen.papers.sort(), ["rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"].sort());
        const wanted = seen.breaks.length > 1 ? "page" : "auto";
        assert.ok(seen.breaks.every((value) => value === wanted));
        assert.ok(seen.unbroken);
        assert.deepEqual(seen.addresses, seen.expected);
        assert.equal(await page.locator(".skip").isVisible(), false);
        assert.deepEqual(await tooWide(page), []);
      }));

    test("a sensible number of sheets of Letter and A4", () =>
      open(file, {}, async (page) => {
        const articles = await page.locator("article").count();
        const least = articles + (articles > 1 ? 1 : 0); // a packet has a cover
        for (const [format, size] of Object.entries(PAPER)) {
          const printed = pagesOf(await page.pdf({ format, preferCSSPageSize: true }));
          assert.deepEqual(printed.size, size);
          assert.ok(printed.count >= least, `${printed.count} sheets of ${format}`);
          const long = { "hostile.html": 100, "compared.html": 12 };
          const most = long[file] ?? least + 3 * articles;
          assert.ok(printed.count <= most, `${printed.count} sheets of ${format}`);
        }
      }));
  });
}
