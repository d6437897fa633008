/** A pod that breaks no rule: rows of tests change one thing of it. */
export const good = {
  metadata: { name: "web" },
  spec: {
    serviceAccountName: "default",
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 5,
    containers: [
      {
        name: "web",
        image: "nginx:1",
        resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
      },
    ],
  },
};
