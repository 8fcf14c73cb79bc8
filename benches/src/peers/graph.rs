//! A graph under construction: operations on tensors of known shape, random weights from a seed, and a tally.
//!
//! Pictures are channels, rows, columns behind a batch of one, as ONNX has them.

use super::onnx::{Attribute, FLOAT, Graph, LONG, Model, Node, OperatorSet, Outlet, Weight, signed};
use prost::Message;
use rand::RngExt;
use synth::random::{SynthRng, sample_rng};

/// Version of the operators: the oldest that has everything here.
const OPERATORS: i64 = 17;
const IR_VERSION: i64 = 8;

/// A tensor of the graph.
#[derive(Debug, Clone)]
pub struct Tensor {
    name: String,
    shape: Vec<usize>,
}

/// What a net costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Learnt numbers.
    pub parameters: usize,
    /// Multiplications with an addition in convolutions and products of matrices.
    pub multiply_adds: usize,
}

/// A convolution without its channels.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Rows and columns of the kernel.
    pub size: usize,
    /// Cells from one place to the next.
    pub stride: usize,
    /// Cells of nothing around the picture: top, left, bottom, right.
    pub padding: [usize; 4],
}

/// The graph as far as it has been written.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: Graph,
    random: SynthRng,
    tally: Tally,
}

impl Tensor {
    /// Sides from the outermost in.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Tally {
    /// Two operations for each multiplication with an addition, as nets are commonly compared.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few thousand million, far from 2^53")]
    pub fn gigaflops(self) -> f64 {
        2.0 * self.multiply_adds as f64 / 1e9
    }
}

impl Window {
    /// A window that keeps the picture's size but for the stride.
    #[must_use]
    pub const fn centred(size: usize, stride: usize) -> Self {
        Self { size, stride, padding: [size / 2; 4] }
    }

    /// A window that stays inside the picture.
    #[must_use]
    pub const fn inside(size: usize, stride: usize) -> Self {
        Self { size, stride, padding: [0; 4] }
    }

    fn places(self, [rows, columns]: [usize; 2]) -> [usize; 2] {
        let [top, left, bottom, right] = self.padding;
        [
            (rows + top + bottom - self.size) / self.stride + 1,
            (columns + left + right - self.size) / self.stride + 1,
        ]
    }

    fn attributes(self) -> Vec<Attribute> {
        let (size, stride) = (signed(self.size), signed(self.stride));
        vec![
            Attribute::numbers("kernel_shape", &[size, size]),
            Attribute::numbers("strides", &[stride, stride]),
            Attribute::numbers("pads", &self.padding.map(signed)),
        ]
    }
}

impl GraphBuilder {
    /// An empty graph; the same seed gives the same weights.
    #[must_use]
    pub fn new(name: &str, seed: u64) -> Self {
        let graph = Graph { name: name.to_owned(), ..Graph::default() };
        Self { graph, random: sample_rng(seed, 0), tally: Tally::default() }
    }

    /// The bytes of the ONNX file and what the net costs.
    #[must_use]
    pub fn finish(self) -> (Vec<u8>, Tally) {
        let operators = vec![OperatorSet { domain: String::new(), version: OPERATORS }];
        let model = Model { ir_version: IR_VERSION, graph: Some(self.graph), operators };
        (model.encode_to_vec(), self.tally)
    }

    /// What has been written so far costs.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The net's input.
    pub fn input(&mut self, name: &str, element: i32, shape: &[usize]) -> Tensor {
        let sides: Vec<Option<usize>> = shape.iter().copied().map(Some).collect();
        self.graph.inputs.push(Outlet::tensor(name, element, &sides));
        Tensor { name: name.to_owned(), shape: shape.to_vec() }
    }

    /// Makes `tensor` an output under `name`; a side of `None` is known only when the net has run.
    pub fn output(&mut self, tensor: &Tensor, name: &str, sides: &[Option<usize>]) {
        let inputs = vec![tensor.name.clone()];
        let node = Node { inputs, outputs: vec![name.to_owned()], ..self.node("Identity") };
        self.graph.nodes.push(node);
        self.graph.outputs.push(Outlet::tensor(name, FLOAT, sides));
    }

    /// Any operation; `shape` is that of its result.
    pub fn apply(
        &mut self,
        operator: &str,
        inputs: &[&Tensor],
        attributes: Vec<Attribute>,
        shape: &[usize],
    ) -> Tensor {
        let node = self.node(operator);
        let name = node.name.clone();
        let inputs = inputs.iter().map(|tensor| tensor.name.clone()).collect();
        self.graph.nodes.push(Node { inputs, outputs: vec![name.clone()], attributes, ..node });
        Tensor { name, shape: shape.to_vec() }
    }

    /// An operation on every element.
    pub fn each(&mut self, operator: &str, tensor: &Tensor) -> Tensor {
        self.apply(operator, &[tensor], Vec::new(), &tensor.shape)
    }

    /// An operation on two tensors, of which the second may be spread over the first.
    pub fn both(&mut self, operator: &str, one: &Tensor, other: &Tensor) -> Tensor {
        self.apply(operator, &[one, other], Vec::new(), &one.shape)
    }

    /// Side by side along `axis`.
    pub fn concatenate(&mut self, tensors: &[&Tensor], axis: usize) -> Tensor {
        let mut shape = tensors[0].shape.clone();
        shape[axis] = tensors.iter().map(|tensor| tensor.shape[axis]).sum();
        self.apply("Concat", tensors, vec![Attribute::number("axis", signed(axis))], &shape)
    }

    /// Elements `from` up to `to` along `axis`.
    pub fn part(&mut self, tensor: &Tensor, axis: usize, [from, to]: [usize; 2]) -> Tensor {
        let bounds = [from, to, axis].map(|number| self.longs(&[signed(number)]));
        let mut shape = tensor.shape.clone();
        shape[axis] = to - from;
        let [from, to, axis] = &bounds;
        self.apply("Slice", &[tensor, from, to, axis], Vec::new(), &shape)
    }

    /// The same elements in another shape.
    pub fn reshape(&mut self, tensor: &Tensor, shape: &[usize]) -> Tensor {
        let sides: Vec<i64> = shape.iter().copied().map(signed).collect();
        let sides = self.longs(&sides);
        self.apply("Reshape", &[tensor, &sides], Vec::new(), shape)
    }

    /// The axes in another order.
    pub fn transpose(&mut self, tensor: &Tensor, order: &[usize]) -> Tensor {
        let shape: Vec<usize> = order.iter().map(|axis| tensor.shape[*axis]).collect();
        let order: Vec<i64> = order.iter().copied().map(signed).collect();
        self.apply("Transpose", &[tensor], vec![Attribute::numbers("perm", &order)], &shape)
    }

    /// Probabilities along `axis`.
    pub fn softmax(&mut self, tensor: &Tensor, axis: usize) -> Tensor {
        let axis = vec![Attribute::number("axis", signed(axis))];
        self.apply("Softmax", &[tensor], axis, &tensor.shape)
    }

    /// The highest or the mean of a window: `MaxPool` or `AveragePool`.
    pub fn pool(&mut self, operator: &str, tensor: &Tensor, window: Window) -> Tensor {
        let [rows, columns] = window.places([tensor.shape[2], tensor.shape[3]]);
        let shape = [1, tensor.shape[1], rows, columns];
        self.apply(operator, &[tensor], window.attributes(), &shape)
    }

    /// A convolution to `outputs` channels with a bias, in `groups` that do not see each other's channels.
    pub fn convolution(&mut self, tensor: &Tensor, outputs: usize, window: Window, groups: usize) -> Tensor {
        let inputs = tensor.shape[1] / groups;
        let weights = self.random_weights(&[outputs, inputs, window.size, window.size]);
        let bias = self.learnt(&vec![0.0; outputs], &[outputs]);
        self.convolve(tensor, &weights, Some(&bias), window, groups)
    }

    /// A convolution with given weights.
    pub fn convolve(
        &mut self,
        tensor: &Tensor,
        weights: &Tensor,
        bias: Option<&Tensor>,
        window: Window,
        groups: usize,
    ) -> Tensor {
        let [rows, columns] = window.places([tensor.shape[2], tensor.shape[3]]);
        let shape = [1, weights.shape[0], rows, columns];
        self.tally.multiply_adds += weights.elements() * rows * columns;
        let mut attributes = window.attributes();
        attributes.push(Attribute::number("group", signed(groups)));
        let inputs: Vec<&Tensor> = [tensor, weights].into_iter().chain(bias).collect();
        self.apply("Conv", &inputs, attributes, &shape)
    }

    /// The last side mapped to `outputs` by a matrix, with a bias.
    pub fn dense(&mut self, tensor: &Tensor, outputs: usize) -> Tensor {
        let inputs = tensor.shape.last().copied().unwrap_or(1);
        let weights = self.random_matrix(inputs, outputs);
        let product = self.product(tensor, &weights);
        let bias = self.learnt(&vec![0.0; outputs], &[outputs]);
        self.both("Add", &product, &bias)
    }

    /// The product of the matrices in the last two sides.
    pub fn product(&mut self, one: &Tensor, other: &Tensor) -> Tensor {
        let mut shape = one.shape.clone();
        let columns = other.shape.last().copied().unwrap_or(1);
        self.tally.multiply_adds += one.elements() * columns;
        shape.pop();
        shape.push(columns);
        self.apply("MatMul", &[one, other], Vec::new(), &shape)
    }

    /// A learnt tensor with these elements.
    pub fn learnt(&mut self, elements: &[f32], shape: &[usize]) -> Tensor {
        self.tally.parameters += elements.len();
        self.constant(elements, shape)
    }

    /// Random weights of a convolution (outputs, inputs of a group, rows, columns) that keep the scale of what passes
    /// (He et al. 2015): vanishing numbers are slow on many processors.
    pub fn random_weights(&mut self, shape: &[usize]) -> Tensor {
        let inputs: usize = shape.iter().skip(1).product();
        self.random_elements(inputs, shape)
    }

    /// A constant that nothing has learnt.
    pub fn constant(&mut self, elements: &[f32], shape: &[usize]) -> Tensor {
        self.store(elements.iter().flat_map(|element| element.to_le_bytes()).collect(), FLOAT, shape)
    }

    /// Whole numbers in a row.
    pub fn longs(&mut self, numbers: &[i64]) -> Tensor {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.store(bytes, LONG, &[numbers.len()])
    }

    fn random_matrix(&mut self, inputs: usize, outputs: usize) -> Tensor {
        self.random_elements(inputs, &[inputs, outputs])
    }

    fn random_elements(&mut self, inputs: usize, shape: &[usize]) -> Tensor {
        let bound = (6.0 / inputs as f32).sqrt();
        let count = shape.iter().product();
        let elements: Vec<f32> =
            (0..count).map(|_| bound * (2.0 * self.random.random::<f32>() - 1.0)).collect();
        self.learnt(&elements, shape)
    }

    fn store(&mut self, bytes: Vec<u8>, element: i32, shape: &[usize]) -> Tensor {
        let name = format!("weight_{}", self.graph.weights.len());
        let sides = shape.iter().copied().map(signed).collect();
        self.graph.weights.push(Weight { shape: sides, element, name: name.clone(), bytes });
        Tensor { name, shape: shape.to_vec() }
    }

    fn node(&self, operator: &str) -> Node {
        let name = format!("{operator}_{}", self.graph.nodes.len());
        Node { name, operator: operator.to_owned(), ..Node::default() }
    }
}
