"""Trains a small network with one hidden layer to compute XOR of noisy inputs, by plain gradient descent."""
import math
import os
import random
import sys
import time

EPOCHS = int(os.environ.get("EPOCHS", "60"))
HIDDEN = int(os.environ.get("HIDDEN", "8"))
RATE = float(os.environ.get("LEARNING_RATE", "0.5"))
SEED = int(os.environ.get("SEED", "1"))


def samples(rng, count):
    for _ in range(count):
        a, b = rng.randint(0, 1), rng.randint(0, 1)
        yield (a + rng.gauss(0, 0.1), b + rng.gauss(0, 0.1)), float(a != b)


class Network:
    def __init__(self, rng, hidden):
        self.inner = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(hidden)]
        self.outer = [rng.uniform(-1, 1) for _ in range(hidden + 1)]

    def forward(self, point):
        layer = [math.tanh(w[0] * point[0] + w[1] * point[1] + w[2]) for w in self.inner]
        total = sum(w * h for w, h in zip(self.outer, layer)) + self.outer[-1]
        return layer, 1 / (1 + math.exp(-total))

    def learn(self, point, wanted, rate):
        layer, answer = self.forward(point)
        error = answer - wanted
        for i, h in enumerate(layer):
            back = error * self.outer[i] * (1 - h * h)
            self.outer[i] -= rate * error * h
            for j, x in enumerate((point[0], point[1], 1.0)):
                self.inner[i][j] -= rate * back * x
        self.outer[-1] -= rate * error
        return -math.log(max(answer if wanted else 1 - answer, 1e-12))


def main():
    rng = random.Random(SEED)
    train, test = list(samples(rng, 400)), list(samples(rng, 200))
    network = Network(rng, HIDDEN)
    started = time.time()
    print(f"training: {len(train)} samples, {HIDDEN} hidden units, {EPOCHS} epochs, seed {SEED}", flush=True)
    right = 0.0
    for epoch in range(1, EPOCHS + 1):
        rng.shuffle(train)
        loss = sum(network.learn(p, y, RATE) for p, y in train) / len(train)
        if epoch == 1 or epoch % 10 == 0 or epoch == EPOCHS:
            right = sum((network.forward(p)[1] > 0.5) == (y > 0.5) for p, y in test) / len(test)
            print(f"epoch {epoch:3d}  loss {loss:.4f}  accuracy {right:.3f}", flush=True)
    print(f"done: accuracy {right:.3f} in {time.time() - started:.1f} s", flush=True)
    return 0 if right > 0.9 else 1


if __name__ == "__main__":
    sys.exit(main())
