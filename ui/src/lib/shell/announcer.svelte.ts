/** What is said aloud to people who do not see the change. */
export class Announcer {
  said = $state('');

  say(text: string): void {
    // The same words twice are said twice.
    this.said = this.said === text ? `${text}\u00a0` : text;
  }
}
