import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

/** One import of a file: of another file of the project, of a package, or of something that cannot be told. */
export type Import =
  | { readonly kind: 'file'; readonly path: string; readonly line: number }
  | { readonly kind: 'package'; readonly name: string; readonly line: number }
  | { readonly kind: 'computed'; readonly text: string; readonly line: number };

/**
 * Every way in which one file can reach another: `import`, `import type`, `export from`, `import =`, `import()` as
 * value and as type, `require`, and `new URL('./x.ts', import.meta.url)`, which names a worker.
 * `path` is relative to the project's root, with forward slashes; so are the answers.
 */
export function importsOf(path: string, text: string): Import[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const found: Import[] = [];
  const add = (specifier: ts.Node): void => {
    const line = source.getLineAndCharacterOfPosition(specifier.getStart()).line + 1;
    found.push(ts.isStringLiteralLike(specifier) ? literalImport(path, specifier.text, line) : { kind: 'computed', text: specifier.getText(), line });
  };
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) add(specifier);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) return node.moduleReference.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (ts.isCallExpression(node) && isImportingCall(node.expression)) return node.arguments[0];
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL' && node.arguments?.[1]?.getText() === 'import.meta.url') {
    const named = node.arguments[0];
    return named !== undefined && ts.isStringLiteralLike(named) && /\.[cm]?[jt]sx?$/.test(named.text) ? named : undefined;
  }
  return undefined;
}

function isImportingCall(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(callee) && callee.text === 'require';
}

function literalImport(from: string, specifier: string, line: number): Import {
  const plain = specifier.replace(/[?#].*$/, '');
  if (plain.startsWith('.')) return { kind: 'file', path: posix.normalize(posix.join(posix.dirname(from), plain)), line };
  if (plain.startsWith('/')) return { kind: 'file', path: plain, line };
  return { kind: 'package', name: isBuiltin(plain) && !plain.startsWith('node:') ? `node:${plain}` : plain, line };
}
