// What an operator imports as `coxswain/sdk`.
export { startController } from "../control/controller.ts";
