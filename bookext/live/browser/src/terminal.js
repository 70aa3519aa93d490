// Text as a terminal shows it: what comes after a carriage return or a backspace writes over what is
// there. Colours are left out, as they are in the recorded outputs.

const ESCAPES = /\x1b\[[\d;?]*[ -/]*[@-~]/g;

export class Terminal {
  /** @param {HTMLElement} place an empty element */
  constructor(place) {
    this.above = place.appendChild(document.createTextNode("")); // lines that are complete
    this.below = place.appendChild(document.createTextNode(""));
    this.line = "";
    this.at = 0; // where the next character of this line goes
  }

  write(text) {
    const complete = [];
    for (const piece of text.replace(ESCAPES, "").split(/([\n\r\b])/)) {
      if (piece === "\n") {
        complete.push(this.line, "\n");
        this.line = "";
        this.at = 0;
      } else if (piece === "\r") this.at = 0;
      else if (piece === "\b") this.at = Math.max(0, this.at - 1);
      else {
        const end = this.at + piece.length;
        this.line = this.line.slice(0, this.at) + piece + this.line.slice(end);
        this.at = end;
      }
    }
    if (complete.length) this.above.appendData(complete.join(""));
    this.below.data = this.line;
  }
}
