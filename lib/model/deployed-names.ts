/** Names in a configuration that only the deployment knows: the file refers to variables of the environment. */

const REFERENCE = /\$\{(HOLDFAST_NAME_\d+)\}/g;

export const deployedName = (index: number): { variable: string; reference: string } => {
  const variable = `HOLDFAST_NAME_${index}`;
  return { variable, reference: `\${${variable}}` };
};

/** The text of a configuration, its references replaced. @throws Error naming a variable that is not set */
export const withDeployedNames = (text: string, env: Readonly<Record<string, string | undefined>>): string =>
  text.replaceAll(REFERENCE, (_reference, variable: string) => {
    const name = env[variable];
    if (name === undefined)
      throw new Error(
        `the configuration refers to ${variable}, which is not set; deploy the installation again`,
      );
    return JSON.stringify(name).slice(1, -1);
  });
