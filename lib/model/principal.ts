/** Who asks: the token's name, as records keep it in `createdBy`. */
export interface Principal {
  readonly name: string;
  readonly role: 'administrator';
}
