/** Asks a server that was just started until it answers; throws what the last of 50 tries threw. */
export async function untilItAnswers(ask) {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
