/**
 * A pickle reader that builds plain values only: dicts become Maps, lists, tuples and sets arrays. It knows the
 * opcodes Python writes at protocol 2 and calls nothing but the functions it is given by name. An opcode of one byte
 * makes up to some 200 bytes (a dict), so opcodes are counted: together they make about 200 MiB at most.
 */
import { UserError } from "../files/userError.ts";

/** A tensor of a state dict takes about 40. */
const MAX_OPCODES = 1 << 20;

/** Characters that a fault may take: what it quotes comes from the file. */
const MAX_FAULT = 1000;

/** A name a pickle may refer to, and what calling it builds; throws a message without the file's name. */
export class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

export interface PickleRules {
  /** Allowed globals by "module name"; any other is refused by its name. */
  readonly globals: ReadonlyMap<string, PickleGlobal>;
  readonly persistentLoad: (id: unknown) => unknown;
}

class Machine {
  #at = 0;
  #stack: unknown[] = [];
  readonly #below: unknown[][] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #bytes: Buffer;
  readonly #rules: PickleRules;

  constructor(bytes: Buffer, rules: PickleRules) {
    this.#bytes = bytes;
    this.#rules = rules;
  }

  get position(): number { return this.#at; }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new Error("ends early");
    return this.#bytes.subarray(this.#at, this.#at += count);
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw new Error("ends early");
    return this.#take(end + 1 - this.#at).toString("utf8").slice(0, -1);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw new Error("takes a value from an empty stack");
    return this.#stack.pop();
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw new Error("takes a value from an empty stack");
    return this.#stack[this.#stack.length - 1];
  }

  /** The values since the last mark. */
  #popMark(): unknown[] {
    const values = this.#stack, below = this.#below.pop();
    if (below === undefined) throw new Error("looks for a mark that is not there");
    this.#stack = below;
    return values;
  }

  #popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.#pop()).reverse();
  }

  #setItems(target: unknown, items: readonly unknown[]): void {
    if (!(target instanceof Map) || items.length % 2 !== 0) throw new Error("sets items of something that is no dict");
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  #append(target: unknown, items: readonly unknown[]): void {
    if (!Array.isArray(target)) throw new Error("appends to something that is no list");
    for (const item of items) target.push(item);
  }

  #global(): PickleGlobal {
    const name = `${this.#line()} ${this.#line()}`;
    const found = this.#rules.globals.get(name);
    if (found === undefined) throw new Error(`refers to ${JSON.stringify(name.replace(" ", "."))}, which this reader does not allow; save a plain state dict of tensors`);
    return found;
  }

  #reduce(): unknown {
    const args = this.#pop(), callee = this.#pop();
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) throw new Error("calls something that is no function");
    return callee.call(args);
  }

  #recall(key: number): unknown {
    if (!this.#memo.has(key)) throw new Error(`recalls value ${key}, which was never stored`);
    return this.#memo.get(key);
  }

  /** Little-endian two's complement of up to 255 bytes. */
  #long(length: number): number | bigint {
    const bytes = this.#take(length);
    if (length === 0) return 0;
    const value = BigInt.asIntN(length * 8, BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  run(): unknown {
    for (let opcodes = 1; ; opcodes++) {
      if (opcodes > MAX_OPCODES) throw new Error(`has more than ${MAX_OPCODES} opcodes; save a plain state dict of tensors`);
      const opcode = String.fromCharCode(this.#take(1)[0]!);
      const push = (value: unknown): void => { this.#stack.push(value); };
      switch (opcode) {
        case "\x80": {
          const protocol = this.#take(1)[0]!;
          if (protocol > 2) throw new Error(`has protocol ${protocol}, expected at most 2; save with torch.save's default pickle_protocol`);
          break;
        }
        case ".": return this.#pop();
        case "(": this.#below.push(this.#stack); this.#stack = []; break;
        case "0": this.#pop(); break;
        case "1": this.#popMark(); break;
        case "2": push(this.#top()); break;
        case "N": push(null); break;
        case "\x88": push(true); break;
        case "\x89": push(false); break;
        case "J": push(this.#take(4).readInt32LE()); break;
        case "K": push(this.#take(1)[0]); break;
        case "M": push(this.#take(2).readUInt16LE()); break;
        case "\x8a": push(this.#long(this.#take(1)[0]!)); break;
        case "G": push(this.#take(8).readDoubleBE()); break;
        case "X": push(this.#take(this.#take(4).readUInt32LE()).toString("utf8")); break;
        case "U": push(this.#take(this.#take(1)[0]!).toString("latin1")); break;
        case "}": push(new Map()); break;
        case "]": case ")": push([]); break;
        case "t": case "l": push(this.#popMark()); break;
        case "d": { const items = this.#popMark(), dict = new Map(); this.#setItems(dict, items); push(dict); break; }
        case "\x85": push(this.#popMany(1)); break;
        case "\x86": push(this.#popMany(2)); break;
        case "\x87": push(this.#popMany(3)); break;
        case "a": { const item = this.#pop(); this.#append(this.#top(), [item]); break; }
        case "e": { const items = this.#popMark(); this.#append(this.#top(), items); break; }
        case "s": { const items = this.#popMany(2); this.#setItems(this.#top(), items); break; }
        case "u": { const items = this.#popMark(); this.#setItems(this.#top(), items); break; }
        case "q": this.#memo.set(this.#take(1)[0]!, this.#top()); break;
        case "r": this.#memo.set(this.#take(4).readUInt32LE(), this.#top()); break;
        case "h": push(this.#recall(this.#take(1)[0]!)); break;
        case "j": push(this.#recall(this.#take(4).readUInt32LE())); break;
        case "c": push(this.#global()); break;
        case "R": push(this.#reduce()); break;
        case "Q": push(this.#rules.persistentLoad(this.#pop())); break;
        case "b":  // attributes of a dict, such as the version numbers of a state dict: not kept
          this.#pop();
          if (!(this.#top() instanceof Map)) throw new Error("sets attributes of something that is no dict");
          break;
        default: throw new Error(`has opcode 0x${opcode.charCodeAt(0).toString(16)}, which this reader does not know`);
      }
    }
  }
}

/** Reads one pickled value under the rules; any fault is a UserError of one line beginning with `where`. */
export function readPickle(bytes: Buffer, rules: PickleRules, where: string): unknown {
  const machine = new Machine(bytes, rules);
  try {
    return machine.run();
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`${where}: the pickle ${message.length > MAX_FAULT ? `${message.slice(0, MAX_FAULT)}...` : message} (byte ${machine.position})`, 1, { cause: error });
  }
}
