/** The text of one session in `bird.conf`; empty when it has none of this name. */
export function sessionText(birdConf: string, name: string): string {
  const [, behind = ''] = birdConf.split(`protocol bgp ${name} `);
  return behind.split(/^}/m)[0] ?? '';
}
