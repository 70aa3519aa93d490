// Python's memory with the kernel already imported, put together again from what was shipped.
//
// `planned` in tools.mjs says what is left out: zeros, and what the program brings along itself.

export class Memory {
  /** @param {object} plan `{length, shipped, held}` from the build */
  constructor({ length, shipped, held }) {
    Object.assign(this, { shipped, held });
    this.bytes = new Uint8Array(length);
  }

  /**
   * Write what is shipped, while it comes.
   *
   * @param {ReadableStream<Uint8Array>} stream gzipped
   */
  async fill(stream) {
    const reader = stream.pipeThrough(new DecompressionStream("gzip")).getReader();
    let [range, at] = [0, this.shipped[0][0]];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (let rest = part.value; rest.length; ) {
        const end = this.shipped[range][1];
        const piece = rest.subarray(0, end - at);
        this.bytes.set(piece, at);
        at += piece.length;
        rest = rest.subarray(piece.length);
        if (at === end) at = this.shipped[++range]?.[0];
      }
    }
    if (range < this.shipped.length) throw new Error("Python's memory came only in part");
  }

  /** Add what the program has in its own memory when it has just been started. */
  complete(fresh) {
    const before = this.bytes.length - fresh.length;
    for (const [from, to] of this.held) {
      this.bytes.set(fresh.subarray(from - before, to - before), from);
    }
  }
}
