import type { Browser, Page } from 'puppeteer-core';

/** What the tests use of an element. The types of the DOM are not part of this project. */
interface PageElement {
  readonly id: string;
  readonly textContent: string | null;
  click(): void;
}

/** Swagger UI takes its time on a busy machine. */
const PATIENCE_MS = 120_000;
const OPERATION = '.opblock';
/**
 * An operation whose schemas are still being resolved. Swagger UI shows `Execute` by then, but pressed that early it
 * waits for an answer without end.
 */
const UNRESOLVED = ':has(.opblock-loading-animation)';

/** Swagger UI as a reader uses it: by what is on the page. */
export class SwaggerPage {
  /** What the page complained of. */
  readonly errors: string[] = [];

  private constructor(private readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(`The page threw ${String(error)}`));
  }

  static async open(browser: Browser, url: string): Promise<SwaggerPage> {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const swagger = new SwaggerPage(page);
    await page.goto(url);
    await page.waitForSelector(OPERATION);
    return swagger;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.waitForSelector(OPERATION);
  }

  /** Enters a token in the dialogue `Authorize`. */
  async authorize(scheme: string, token: string): Promise<void> {
    const form = `//div[@class="auth-container"][.//code[text()="${scheme}"]]`;
    await this.click('.auth-wrapper .btn.authorize');
    await this.page.focus(`::-p-xpath(${form}//input)`);
    await this.page.keyboard.sendCharacter(token);
    await this.click(`::-p-xpath(${form}//button[text()="Authorize"])`);
    await this.page.waitForSelector(`::-p-xpath(${form}//button[text()="Logout"])`);
    await this.click('.btn-done');
    await this.page.waitForSelector('.modal-ux', { hidden: true });
  }

  /** @returns the ids of the operations, from top to bottom */
  async operations(): Promise<string[]> {
    return this.page.$$eval(OPERATION, (blocks) => (blocks as unknown as PageElement[]).map(({ id }) => id));
  }

  /**
   * Opens an operation, presses `Execute`, and closes it again: a page with many open operations is slow.
   * @returns the status and the body of the answer, as they are shown
   */
  async execute(id: string): Promise<{ status: string; body: string }> {
    const summary = `#${id} .opblock-summary-control`;
    const answer = `#${id} .live-responses-table tbody`;
    await this.click(summary);
    await this.click(`#${id}:not(${UNRESOLVED}) .execute`);
    const status = await this.textOf(`${answer} .response-col_status`);
    const body = await this.textOf(`${answer} .response-col_description`);
    await this.click(summary);
    return { status: status.slice(0, 3), body };
  }

  private async click(selector: string): Promise<void> {
    const element = await this.page.waitForSelector(selector);
    await element?.evaluate((one) => {
      (one as unknown as PageElement).click();
    });
  }

  private async textOf(selector: string): Promise<string> {
    const element = await this.page.waitForSelector(selector);
    return (await element?.evaluate((one) => (one as unknown as PageElement).textContent)) ?? '';
  }
}
