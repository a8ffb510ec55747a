/** CoBSAT's published judge: LLaVA-1.5, greedy, asked two multiple-choice questions about each picture. */

/** LLaVA-1.5's turn about one picture: what it was trained to answer. */
export const llavaTurn = (question: string): string => `USER: <image>\n${question} ASSISTANT:`;
