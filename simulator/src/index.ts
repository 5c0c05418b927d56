export { createSimulator, Simulator, type SimulatorOptions } from './simulator.ts';
