/** A time that is not known: upstream writes null in such places, which the types of the API do not tell. */
export const noTime = null as unknown as string;
