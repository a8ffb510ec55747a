/** Just enough of protobuf's wire format to write ONNX models: varints, length-delimited fields and 32-bit floats. */
export class ProtobufWriter {
  #chunks: Uint8Array[] = [];
  #length = 0;

  #push(bytes: Uint8Array): this {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  #varint(value: number | bigint): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    do {
      const low = Number(rest & 127n);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 128 : low);
    } while (rest > 0n);
    return this.#push(Uint8Array.from(bytes));
  }

  int(field: number, value: number | bigint): this {
    return this.#varint(field << 3).#varint(value);
  }

  float(field: number, value: number): this {
    return this.#varint((field << 3) | 5).#push(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#varint((field << 3) | 2).#varint(value.length).#push(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, build: (message: ProtobufWriter) => void): this {
    const message = new ProtobufWriter();
    build(message);
    return this.bytes(field, message.finish());
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}
