import axe from 'axe-core';

/** What axe finds serious on screen now. */
export async function axeFindings(): Promise<readonly string[]> {
  const { violations } = await axe.run(document.getElementById('root') ?? document.body, { resultTypes: ['violations'], rules: { region: { enabled: false } } });
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
