import { ConfigError, loadConfig } from '../config.js';

/** @returns the message with which an environment is refused */
export function refusal(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
