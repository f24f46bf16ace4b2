/**
 * What the library makes public, and where it is declared: asked of the compiler, for only the compiler knows
 * what a union's members or a promise's value have to offer.
 *
 * @module
 */
import { join } from "node:path";
import ts from "typescript";
import { type RepoPath, repoPath, root } from "./workspace.js";

const LIBRARY: RepoPath = "packages/msal-ts";

export interface PublicName {
  /** The file of the library that declares it. */
  file: RepoPath;
  /** A word that whoever uses it has to write: of a positional argument, its method. */
  mention: string;
}

export class PublicNames {
  readonly #checker: ts.TypeChecker;
  readonly #exports: ReadonlyMap<string, ts.Symbol>;
  readonly #index: ts.SourceFile;

  constructor() {
    const config = join(root, LIBRARY, "tsconfig.json");
    const { config: settings } = ts.readConfigFile(config, ts.sys.readFile);
    const index = join(root, LIBRARY, "src/index.ts");
    const { options } = ts.parseJsonConfigFileContent(settings, ts.sys, join(root, LIBRARY));
    const program = ts.createProgram([index], options);
    const source = program.getSourceFile(index);
    const module = source && program.getTypeChecker().getSymbolAtLocation(source);
    if (source === undefined || module === undefined) throw new Error(`${index} cannot be read.`);
    this.#checker = program.getTypeChecker();
    this.#index = source;
    this.#exports = new Map(
      this.#checker
        .getExportsOfModule(module)
        .map((symbol) => [symbol.name, this.#original(symbol)]),
    );
  }

  /**
   * A public name in the notation of `reference-items.ts`: `Class`, `Class.member`, `Class(parameter.member)`,
   * `Class.method(parameter.member)`, `Class.method → Type.member`. `undefined` when there is none.
   */
  find(notation: string): PublicName | undefined {
    const [callee = "", returned] = notation.split(" → ");
    const [, owner = "", member, parameters] =
      /^(\w+)(?:\.(\w+))?(?:\(([\w.]+)\))?$/.exec(callee) ?? [];
    const exported = this.#exports.get(owner);
    if (exported === undefined) return undefined;
    const symbol = member === undefined ? exported : this.#memberOf(exported, member);
    if (symbol === undefined) return undefined;
    if (parameters !== undefined) {
      return this.#findParameter(symbol, member ?? owner, parameters.split("."));
    }
    if (returned !== undefined) return this.#findReturned(symbol, member ?? owner, returned);
    return this.#named(symbol, member ?? owner);
  }

  /** A parameter of a method or a class's constructor, or what it may hold. */
  #findParameter(
    callee: ts.Symbol,
    calleeName: string,
    [name = "", ...members]: readonly string[],
  ): PublicName | undefined {
    const type = this.#checker.getTypeOfSymbolAtLocation(callee, this.#index);
    const signatures = [...type.getCallSignatures(), ...type.getConstructSignatures()];
    let symbol = signatures
      .flatMap(({ parameters }) => parameters)
      .find((parameter) => parameter.name === name);
    for (const member of members) {
      if (symbol === undefined) return undefined;
      symbol = this.#property(this.#checker.getTypeOfSymbolAtLocation(symbol, this.#index), member);
    }
    return symbol && this.#named(symbol, members.at(-1) ?? calleeName);
  }

  /** What a method's promise brings, or a list of it, or the method itself. */
  #findReturned(method: ts.Symbol, methodName: string, wanted: string): PublicName | undefined {
    const [typeName = "", member] = wanted.split(".");
    const type = this.#checker.getTypeOfSymbolAtLocation(method, this.#index);
    for (const signature of type.getCallSignatures()) {
      const returned = signature.getReturnType();
      const brought = this.#checker.getAwaitedType(returned) ?? returned;
      for (const part of partsOf(brought)) {
        const element = this.#checker.getIndexTypeOfType(part, ts.IndexKind.Number);
        const value = this.#checker.isArrayType(part) && element !== undefined ? element : part;
        if (this.#checker.typeToString(value) !== typeName) continue;
        if (member === undefined) return this.#named(method, methodName);
        const property = value.getProperty(member);
        return property && this.#named(property, member);
      }
    }
    return undefined;
  }

  /** A member of a class, its instances' or its own, or of an interface. */
  #memberOf(owner: ts.Symbol, name: string): ts.Symbol | undefined {
    return (
      this.#property(this.#checker.getDeclaredTypeOfSymbol(owner), name) ??
      this.#property(this.#checker.getTypeOfSymbolAtLocation(owner, this.#index), name)
    );
  }

  /** Of a union, a member that any of its types has. */
  #property(type: ts.Type, name: string): ts.Symbol | undefined {
    return partsOf(type)
      .map((part) => part.getProperty(name))
      .find((property) => property !== undefined);
  }

  #original(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #named(symbol: ts.Symbol, mention: string): PublicName | undefined {
    const path = symbol.declarations?.[0]?.getSourceFile().fileName;
    const file = path && repoPath(path);
    return file?.startsWith(`${LIBRARY}/src/`) ? { file, mention } : undefined;
  }
}

function partsOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}
