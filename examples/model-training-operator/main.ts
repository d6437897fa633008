// The program: in a pod, or on a desk with `node examples/model-training-operator/main.ts`.
import { trainingOperator } from "./operator.ts";

const port = process.env["HEALTH_PORT"];
await trainingOperator.run(port === undefined ? {} : { healthPort: Number(port) });
