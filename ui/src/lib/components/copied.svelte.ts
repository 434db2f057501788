/** What a Copy button did: it says so for a moment. To be made while a component is. */
export class Copied {
  lately = $state(false);

  constructor() {
    $effect(() => {
      if (!this.lately) return;
      const timer = setTimeout(() => (this.lately = false), 3000);
      return () => clearTimeout(timer);
    });
  }

  /** Puts a text into the clipboard. */
  async take(text: string) {
    await navigator.clipboard.writeText(text);
    this.lately = true;
  }
}
